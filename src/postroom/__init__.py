"""Postroom: a self-hosted gateway for e-mail accounts. REST in, live IMAP connections, webhooks out."""

__version__ = "0.1.0"
