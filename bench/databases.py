"""The databases of the bench: a commit waits for the disk on both engines, as it does in production."""

from __future__ import annotations

from tests.live.postgres import Postgres

# The tests run PostgreSQL without these.
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


def make_postgres() -> Postgres:
    """A PostgreSQL of our own that forgets nothing it has acknowledged."""
    return Postgres(DURABLE)
