"""Lists, creates, renames, subscribes to and deletes folders for callers."""
