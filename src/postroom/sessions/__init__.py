"""From an account to a live session: the one way to sign in to its mail servers."""
