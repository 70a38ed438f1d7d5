"""The shapes of what the desk answers, a subject a file: documentation that tests hold the answers against."""
