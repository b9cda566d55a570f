"""Sessions of browsers, on both databases."""

from __future__ import annotations

import sqlalchemy as sa

from postroom.access.admins.model import Browser
from postroom.access.admins.sessions import IDLE_MS, LIFE_MS, AdminSessions, session_id
from postroom.storage.database import Database

NOW = 1_800_000_000_000
HERE = Browser("192.0.2.1", "Firefox " + "x" * 1000)


class Clock:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


async def test_a_session_is_known_by_its_cookie_which_is_not_stored(db: Database) -> None:
    sessions = AdminSessions(db, Clock())
    one, other = await sessions.open("admin", "password", HERE), await sessions.open("jo", "openid", HERE)
    assert await sessions.recognise(one.cookie) == one.session
    assert (one.session.name, other.session.way, one.session.created_at) == ("admin", "openid", NOW)
    assert len(one.session.agent) == 300
    for wrong in ("", one.session.id, one.cookie[:-1], one.cookie + "x", "\ud800"):
        assert await sessions.recognise(wrong) is None
    rows = await db.read(lambda conn: str(conn.execute(sa.text("SELECT * FROM admin_sessions")).all()))
    assert one.cookie not in rows
    assert one.cookie not in repr(one)


async def test_a_session_ends_without_use_and_after_a_week(db: Database) -> None:
    clock = Clock()
    sessions = AdminSessions(db, clock)
    idle, used = await sessions.open("admin", "password", HERE), await sessions.open("admin", "password", HERE)
    while clock.now < NOW + LIFE_MS - IDLE_MS:
        clock.now += IDLE_MS - 1
        assert await sessions.recognise(used.cookie) is not None
    assert await sessions.recognise(idle.cookie) is None
    assert [each.id for each in await sessions.all()] == [used.session.id]
    clock.now = NOW + LIFE_MS
    assert await sessions.recognise(used.cookie) is None
    assert await sessions.all() == []
    # A new one clears the old ones away.
    clock.now += 1
    await sessions.open("admin", "password", HERE)
    count = await db.read(lambda conn: conn.execute(sa.text("SELECT count(*) FROM admin_sessions")).scalar_one())
    assert count == 1


async def test_use_is_noted_once_a_minute(db: Database) -> None:
    clock = Clock()
    sessions = AdminSessions(db, clock)
    opened = await sessions.open("admin", "password", HERE)
    clock.now += 59_999
    await sessions.recognise(opened.cookie)
    assert (await sessions.all())[0].used_at == NOW
    clock.now += 1
    await sessions.recognise(opened.cookie)
    assert (await sessions.all())[0].used_at == NOW + 60_000


async def test_sessions_are_ended_and_long_connections_learn_it(db: Database) -> None:
    sessions = AdminSessions(db)
    one, two, three = [(await sessions.open("admin", "password", HERE)) for _ in range(3)]
    ids = [each.session.id for each in (one, two, three)]
    assert await sessions.gone(ids) == set()
    assert await sessions.gone([]) == set()
    assert await sessions.end(two.session.id, by="admin")
    assert not await sessions.end(two.session.id, by="admin")
    assert await sessions.gone(ids) == {ids[1]}
    assert await sessions.end_others(ids[0], by="admin") == 1
    assert await sessions.gone([*ids, session_id("none")]) == {ids[1], ids[2], session_id("none")}
    assert await sessions.recognise(one.cookie) is not None
    assert await sessions.recognise(three.cookie) is None
