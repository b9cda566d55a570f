"""Connections to mail servers: the only sockets of the product, and the only verdicts on what went wrong with them."""
