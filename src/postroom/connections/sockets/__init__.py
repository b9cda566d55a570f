"""Sockets: connecting, TLS, proxies, and byte streams."""
