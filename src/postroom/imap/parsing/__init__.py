"""From the bytes of a server to typed responses."""
