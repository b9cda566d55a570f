"""Types of requests for folders and messages."""
