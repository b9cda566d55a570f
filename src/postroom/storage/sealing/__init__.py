"""Secrets at rest: encryption, the keys, and their rotation."""
