"""What became of an event: for each endpoint one verdict, in words."""
