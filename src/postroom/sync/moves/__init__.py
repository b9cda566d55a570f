"""How the sync tells of messages that moved: once, where the answers of the server prove it."""
