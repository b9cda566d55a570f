"""Turns values into the JSON of answers, one module per noun. Pure."""
