"""OAuth2: the providers Postroom knows, the applications registered with them, and the requests for tokens."""
