"""Webhook endpoints: what is stored of each, its secrets, its health, its requests."""
