"""From a request to a stored message: written, checked, sealed, kept once for each idempotency key."""
