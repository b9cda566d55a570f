"""State changes of accounts, read as they are recorded."""
