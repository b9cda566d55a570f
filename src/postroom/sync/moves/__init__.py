"""How the sync tells of messages that moved: once, where a COPYUID of ours proves it."""
