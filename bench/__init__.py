"""What Postroom costs, measured against a real Dovecot on loopback: `make bench`."""
