"""Streams of Server-Sent Events, and the limits on how many are open."""
