"""A pure IMAP4rev1 and rev2 client: bytes in, typed responses and events out, no sockets, no clocks, no waiting."""
