"""One request and one answer for every operation."""
