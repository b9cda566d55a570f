"""Streams attachments and message sources to callers."""
