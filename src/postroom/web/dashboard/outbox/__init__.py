"""The screens of sending: the outbox, one message of it, and the form for a test message."""
