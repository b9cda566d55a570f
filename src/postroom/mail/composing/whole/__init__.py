"""Messages that callers send whole: their fields, their parts, and what is changed before they are sent."""
