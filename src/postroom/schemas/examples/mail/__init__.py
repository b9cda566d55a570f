"""Examples of requests and answers about folders and messages."""
