"""API tokens: all of them, and a new one."""
