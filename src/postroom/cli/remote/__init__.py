"""The commands that call a gateway over its API, here or elsewhere."""
