"""IMAP and SMTP clients over a socket."""
