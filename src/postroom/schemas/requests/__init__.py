"""What requests may hold."""
