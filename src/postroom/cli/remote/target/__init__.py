"""Which gateway a command calls, and with which token."""
