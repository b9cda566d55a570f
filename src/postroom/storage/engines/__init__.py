"""The two engines: SQLite and PostgreSQL."""
