"""Examples for the reference: one request and one answer for every operation."""
