"""What became of deliveries: listed, repeated, removed."""
