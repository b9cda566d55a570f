"""Statements as stores run them: the connection, what comes back, and the plan of each statement."""
