"""From an account to a live session: the only way to sign in to its mail servers."""
