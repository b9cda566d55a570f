"""The screens of the log of events: the newest of all accounts, and one with what became of it."""
