"""Connections to mail servers: the product's sockets, and the verdicts on what went wrong with them."""
