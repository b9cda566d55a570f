"""Reads one message, or its text, for callers."""
