"""What a message is known by wherever it lies: its stable id, and the names that link it to its thread."""
