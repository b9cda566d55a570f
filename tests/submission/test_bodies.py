"""What was accepted comes back octet for octet, or an error says that it cannot."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from postroom.storage.database import Database
from postroom.storage.schema.sending import submission_bodies
from postroom.storage.sealing.secrets import SecretBox, SecretUnreadable
from postroom.submission import body_store
from postroom.submission.accepting.sealed_rows import PIECE
from postroom.submission.bodies import Bodies, BodyGone
from tests.submission.messages import BOX, accepting, add_account, bodies, change, message, rows


async def store(db: Database, octets: bytes) -> int:
    await add_account(db)
    await accepting(db).accept(message(octets=octets))
    return int((await rows(db))[0].id)


async def read(db: Database, submission: int, box: SecretBox = BOX) -> list[bytes]:
    return [piece async for piece in Bodies(db, box).pieces(submission)]


@pytest.mark.parametrize("size", [0, 1, PIECE, PIECE + 1, 2 * PIECE + 9])
async def test_the_octets_come_back_in_pieces(db: Database, size: int) -> None:
    octets = b"".join(bytes([number % 251]) * 997 for number in range(size // 997 + 1))[:size]
    pieces = await read(db, await store(db, octets))
    assert b"".join(pieces) == octets
    assert max(map(len, pieces)) <= PIECE


async def test_a_message_that_misses_a_piece_ends_with_an_error(db: Database) -> None:
    submission = await store(db, b"x" * (PIECE + 1))
    last = submission_bodies.c.place == 1
    await db.write(lambda conn: conn.execute(sa.delete(submission_bodies).where(last)) and None)
    with pytest.raises(BodyGone):
        await read(db, submission)


async def test_a_body_that_was_removed_is_gone_and_so_is_one_that_never_was(db: Database) -> None:
    submission = await store(db, b"x")
    await db.write(lambda conn: body_store.remove(conn, [submission]))
    assert await bodies(db) == []
    for gone in (submission, submission + 1):
        with pytest.raises(BodyGone):
            await read(db, gone)


async def test_a_body_that_cannot_be_opened_is_named(db: Database) -> None:
    submission = await store(db, b"x")
    with pytest.raises(SecretUnreadable, match="the message '"):
        await read(db, submission, SecretBox(("another secret",)))
    await change(db, submission_bodies, sealed=b"nonsense")
    with pytest.raises(SecretUnreadable):
        await read(db, submission)
