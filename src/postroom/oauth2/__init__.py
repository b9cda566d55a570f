"""OAuth2: the providers Postroom knows."""
