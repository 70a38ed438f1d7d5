"""The shapes of what the desk answers, a subject a file. Tests hold the answers against them."""
