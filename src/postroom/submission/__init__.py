"""Submission: a message is accepted once and sent at most once, and its outcome is known, or said to be unknown."""
