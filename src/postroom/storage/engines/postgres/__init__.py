"""PostgreSQL, the engine for many processes and many machines."""
