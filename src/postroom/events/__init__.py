"""Events: their types, and the durable log to which they are appended in order."""
