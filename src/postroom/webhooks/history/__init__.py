"""The history of deliveries: lists them, sends them again, removes old ones."""
