"""Types of answers about folders and messages."""
