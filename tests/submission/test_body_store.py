"""Bodies go for the messages named, and for no other."""

from __future__ import annotations

from postroom.storage.database import Database
from postroom.submission import body_store
from tests.submission.messages import accepting, add_account, bodies, message, rows


async def test_only_the_bodies_of_these_messages_go(db: Database) -> None:
    await add_account(db)
    for _ in range(3):
        await accepting(db).accept(message())
    first, second, third = [row.id for row in await rows(db)]
    await db.write(lambda conn: body_store.remove(conn, []))
    await db.write(lambda conn: body_store.remove(conn, [first, third]))
    assert [row.submission for row in await bodies(db)] == [second]
