"""One IMAP session without a socket: commands out, events in."""
