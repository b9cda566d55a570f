"""What callers see and do with the messages they submitted."""
