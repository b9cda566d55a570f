"""Attachments and sources at a real Dovecot, and at a server that misbehaves."""
