"""Finds the mail servers of an e-mail address."""
