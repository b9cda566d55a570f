"""One message over one connection: sessions that stay open, and the dialogue that carries the message."""
