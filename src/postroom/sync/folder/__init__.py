"""The sync of one folder: what to do, what was found, and the events that report it."""
