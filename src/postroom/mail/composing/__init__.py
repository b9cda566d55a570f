"""From the fields of a new message to its octets."""
