"""A second proof is asked for where there is an authenticator app, and each is used once."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa

from postroom.access.admins.authenticator import Authenticator
from postroom.access.admins.proof.second import SecondProof, use
from postroom.access.admins.service import Admins
from postroom.access.admins.sessions import AdminSessions
from postroom.storage.database import Database
from tests.access.admins.operators import HERE, OTHER, PASSWORD, Clock, refused, with_app


async def test_an_authenticator_app(
    admins: Admins, authenticator: Authenticator, sessions: AdminSessions, clock: Clock, db: Database
) -> None:
    opened, app, _ = await with_app(admins, authenticator, clock)
    assert await sessions.recognise(opened.cookie) is not None
    now = clock.now // 1000
    words = "The password or the code is wrong. A code works once."
    assert await refused(admins.sign_in(PASSWORD, "", HERE)) == words
    assert await refused(admins.sign_in(OTHER, app.at(now + 30), HERE)) == words
    # The code that set it up was used.
    assert await refused(admins.sign_in(PASSWORD, app.at(now), HERE)) == words
    await admins.sign_in(PASSWORD, app.at(now + 30), HERE)
    assert await refused(admins.sign_in(PASSWORD, app.at(now + 30), HERE)) == words
    rows = await db.read(lambda conn: str(conn.execute(sa.text("SELECT * FROM admins")).all()))
    assert app.secret not in rows


async def test_a_code_opens_one_session_also_when_it_is_sent_many_times_at_once(
    admins: Admins, authenticator: Authenticator, clock: Clock
) -> None:
    _, app, codes = await with_app(admins, authenticator, clock)
    for code in (app.at(clock.now // 1000 + 30), codes[0]):
        tries = (admins.sign_in(PASSWORD, code, HERE) for _ in range(3))
        results = await asyncio.gather(*tries, return_exceptions=True)
        assert sorted(type(each).__name__ for each in results) == ["AdminRefused", "AdminRefused", "OpenedSession"]


async def test_a_proof_is_worth_nothing_after_the_password_changed(
    admins: Admins, authenticator: Authenticator, clock: Clock, db: Database
) -> None:
    await with_app(admins, authenticator, clock)
    later = SecondProof(step=clock.now // 30_000 + 1)
    assert not await db.write(lambda conn: use(conn, 99, later))
    assert await db.write(lambda conn: use(conn, 1, later))
    assert not await db.write(lambda conn: use(conn, 1, later))
