"""Keeps accounts in step with their mailboxes: the folders, their changes, and the events that report them."""
