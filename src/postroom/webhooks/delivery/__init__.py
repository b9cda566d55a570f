"""Delivery: routing, lanes in order, one request after the other."""
