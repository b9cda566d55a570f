"""Searches the messages of one folder or of all."""
