"""An IMAP4rev1 and rev2 client without I/O: bytes in, typed responses and events out. Pure."""
