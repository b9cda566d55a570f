"""What a process reports to its operator: its health and its metrics."""
