"""The public help centre: pages that need no script, no cookie and no account."""
