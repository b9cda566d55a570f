"""Accounts: their settings, what is known of each, and the table of states between the two."""
