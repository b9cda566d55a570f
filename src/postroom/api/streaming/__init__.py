"""Answers that do not end: Server-Sent Events and the places for them."""
