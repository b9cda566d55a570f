"""What needs a person: found in the database, grouped by cause, with what to do about it."""
