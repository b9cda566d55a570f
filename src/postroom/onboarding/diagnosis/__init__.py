"""Finds out what is wrong with the settings of an account, step by step."""
