"""Keeping up with a mailbox: its folders, what changed in them, and the events that follow."""
