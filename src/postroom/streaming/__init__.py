"""Answers that go on: Server-Sent Events with the limits on how many are open, and downloads."""
