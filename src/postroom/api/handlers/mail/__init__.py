"""Handlers for folders and messages, one module per noun."""
