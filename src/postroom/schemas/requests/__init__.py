"""The types of requests."""
