"""Webhook endpoints: their stored rows, secrets, health and requests."""
