"""Reports about mail that went out: bounces (RFC 3464 and texts without it) and complaints (RFC 5965). Pure."""
