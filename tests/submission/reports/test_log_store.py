"""The place in the event log, and the process that reads it."""

from __future__ import annotations

from postroom.storage.database import Database
from postroom.submission.reports import log_store
from postroom.submission.reports.log_store import LogPlace


async def test_one_process_reads_until_its_lease_ends(db: Database) -> None:
    def work(conn):  # type: ignore[no-untyped-def]
        assert log_store.place(conn) is None
        assert log_store.claim(conn, "one", 0, 10) is None
        log_store.begin(conn, 7)
        log_store.begin(conn, 99)
        assert log_store.claim(conn, "one", 0, 10) == 7
        assert log_store.place(conn) == LogPlace(7, "one", 10)
        assert log_store.claim(conn, "one", 5, 15) == 7
        # A database with one process has no other reader.
        alone = conn.dialect.name == "sqlite"
        assert log_store.claim(conn, "two", 14, 24) == (7 if alone else None)
        assert log_store.claim(conn, "two", 15, 25) == 7

    await db.write(work)


async def test_only_who_reads_moves_the_place_and_from_where_it_was(db: Database) -> None:
    def work(conn):  # type: ignore[no-untyped-def]
        log_store.begin(conn, 7)
        log_store.claim(conn, "one", 0, 10)
        assert not log_store.advance(conn, "two", 7, 8, 20)
        assert not log_store.advance(conn, "one", 6, 8, 20)
        assert log_store.advance(conn, "one", 7, 8, 20)
        assert log_store.place(conn) == LogPlace(8, "one", 20)
        log_store.release(conn, "two")
        assert log_store.place(conn) == LogPlace(8, "one", 20)
        log_store.release(conn, "one")
        assert log_store.place(conn) == LogPlace(8, None, 0)

    await db.write(work)
