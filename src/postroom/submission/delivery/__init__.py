"""The work of sending: accounts are claimed, messages tried, their results stored, in order and at most once."""
