"""Accounts: what is wanted of each, what is known of each, and the table of states between the two."""
