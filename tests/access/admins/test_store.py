"""The queries, where the services do not show what they do."""

from __future__ import annotations

from postroom.access.admins import store
from postroom.access.admins.model import Admin, AdminSession
from postroom.access.admins.store import Attempted
from postroom.storage.database import Database

NOW = 1_800_000_000_000


def session(id_: str, at: int = NOW) -> AdminSession:
    return AdminSession(id_, "admin", "password", at, at, None, "")


async def test_the_operator_is_stored_whole_and_added_once(db: Database) -> None:
    stored = Admin("hash", None, "sealed", 7, ("a", "b"), 3, NOW)
    assert await db.read(store.admin) == Admin()
    assert await db.write(lambda conn: store.add_admin(conn, Admin(code="c")))
    assert not await db.write(lambda conn: store.add_admin(conn, stored))
    await db.write(lambda conn: store.put_admin(conn, stored))
    assert await db.read(store.admin) == stored


async def test_more_sessions_than_one_statement_takes(db: Database) -> None:
    def fill(conn: object) -> None:
        for number in range(3):
            store.add_session(conn, session(str(number)))  # type: ignore[arg-type]

    await db.write(fill)
    ids = [str(number) for number in range(1200)]
    assert await db.read(lambda conn: store.live(conn, ids, 0, 0)) == {"0", "1", "2"}
    assert await db.read(lambda conn: store.live(conn, ids, NOW, 0)) == set()


async def test_old_sessions_and_attempts_go(db: Database) -> None:
    await db.write(lambda conn: store.add_session(conn, session("old", NOW - 1)))
    await db.write(lambda conn: store.add_session(conn, session("new")))
    await db.write(lambda conn: store.attempted(conn, "address:x", NOW - 1) and None)
    await db.write(lambda conn: store.count_attempt(conn, "address:x", Attempted(5, NOW, NOW - 1)))
    assert (await db.write(lambda conn: store.attempted(conn, "address:x", NOW))).failures == 5
    await db.write(lambda conn: store.forget(conn, NOW, NOW))
    assert [each.id for each in await db.read(lambda conn: store.sessions(conn, 0, 0))] == ["new"]
    assert (await db.write(lambda conn: store.attempted(conn, "address:x", NOW))).failures == 0
