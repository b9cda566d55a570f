"""What happened in the whole installation, counted by the minute for seven days."""
