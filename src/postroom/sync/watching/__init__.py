"""Waiting for news: IDLE, NOTIFY or polling, and extra connections."""
