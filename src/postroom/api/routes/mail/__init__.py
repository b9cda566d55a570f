"""The routes of folders and messages, one module per noun."""
