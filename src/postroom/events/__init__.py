"""What happened, in order: the kinds of event and the durable log they are appended to."""
