"""Searches all folders of an account, keeps what was found, and shows pages of it."""
