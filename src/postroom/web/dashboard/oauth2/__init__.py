"""OAuth2 applications: all of them, one of them, its form, and its check."""
