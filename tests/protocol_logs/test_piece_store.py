"""Pieces in a database: written over, trimmed from the oldest, dropped by age and with their account."""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa

from postroom.protocol_logs import piece_store
from postroom.protocol_logs.pieces import LogPiece, begun, longer
from postroom.storage.statements.connection import Connection
from tests.protocol_logs.conftest import LoggedHouse


def piece(at: int, *lines: str) -> LogPiece:
    return longer(begun(at, "x"), lines, at)


async def stored(house: LoggedHouse, *pieces: LogPiece, account: str = "a1") -> int:
    """Store pieces of an account and return its key."""

    def work(conn: Connection) -> int:
        key = piece_store.keys_of(conn, [account])[account]
        for each in pieces:
            piece_store.put(conn, key, each)
        return key

    return await house.db.write(work)


async def read(house: LoggedHouse, account: str = "a1") -> list[str]:
    return await house.db.read(partial(piece_store.bodies, account=account))


async def test_a_piece_takes_the_place_of_its_shorter_form(logged_house: LoggedHouse) -> None:
    await logged_house.add("a1")
    first = piece(1000, "one")
    key = await stored(logged_house, first, longer(first, ["two"], 2000), piece(3000, "three"))
    assert await read(logged_house) == ["one\ntwo", "three"]
    assert await logged_house.db.read(partial(piece_store.is_there, key=key, piece=first.id))
    assert not await logged_house.db.read(partial(piece_store.is_there, key=key, piece="another"))
    assert await read(logged_house, "nobody") == []
    assert await logged_house.db.read(partial(piece_store.keys_of, ids=["nobody"])) == {}


async def test_the_oldest_go_when_there_are_too_many_lines_or_octets(logged_house: LoggedHouse) -> None:
    await logged_house.add("a1")
    key = await stored(logged_house, *(piece(at, f"{at} a", f"{at} b") for at in (1, 2, 3, 4)))
    trim = partial(piece_store.trim, key=key, most_lines=4, most_octets=1000)
    await logged_house.db.write(trim)
    assert await read(logged_house) == ["3 a\n3 b", "4 a\n4 b"]
    await logged_house.db.write(partial(piece_store.trim, key=key, most_lines=4, most_octets=1))
    assert await read(logged_house) == ["4 a\n4 b"]


async def test_pieces_go_by_age_by_command_and_with_their_account(logged_house: LoggedHouse) -> None:
    for account in ("a1", "a2"):
        await logged_house.add(account)
        key = await stored(logged_house, piece(1000, "old"), piece(5000, "new"), account=account)
    await logged_house.db.write(partial(piece_store.prune, before=5000))
    assert await read(logged_house, "a1") == await read(logged_house, "a2") == ["new"]
    await logged_house.db.write(partial(piece_store.clear, key=key))
    assert await read(logged_house, "a2") == []
    await logged_house.accounts.remove("a1")
    count = sa.text("SELECT count(*) FROM protocol_log_pieces")
    assert await logged_house.db.read(lambda conn: conn.execute(count).scalar()) == 0
