"""The demonstration: a sandbox mail server, a webhook receiver, and a story told over the public API."""
