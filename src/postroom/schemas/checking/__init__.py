"""Checks what a caller sent against its type, and names every problem."""
