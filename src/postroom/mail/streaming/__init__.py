"""Decodes the content of a part piece by piece, for parts that are too large to hold."""
