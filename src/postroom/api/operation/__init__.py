"""What the operator asks of a process: whether it is healthy, and its figures."""
