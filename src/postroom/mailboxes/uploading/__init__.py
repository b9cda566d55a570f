"""Adds messages to folders for callers (APPEND)."""
