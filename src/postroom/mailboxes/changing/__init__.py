"""Changes, moves and deletes messages for callers."""
