"""What keeps a process of the gateway small in memory."""
