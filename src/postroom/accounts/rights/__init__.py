"""Who may change which field of an account, and where a change would send its secrets."""
