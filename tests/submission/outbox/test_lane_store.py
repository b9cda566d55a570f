"""How the sending of an account stands, on both engines."""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa

from postroom.storage.database import Database
from postroom.storage.schema.sending import sending_lanes
from postroom.submission.outbox import lane_store
from postroom.submission.outbox.lane_state import USUAL, LaneState
from tests.submission.messages import accepting, add_account, message


async def test_an_account_that_never_sent_anything_is_as_usual(db: Database) -> None:
    await add_account(db)
    for account in ("anna", "nobody"):
        assert await db.read(partial(lane_store.find, account=account)) == USUAL


async def test_the_lane_of_the_account_is_read(db: Database) -> None:
    for account in ("anna", "bert"):
        await add_account(db, account)
    await accepting(db).accept(message("anna"))
    values = {"paused": True, "held_until": 7, "held_for": "full"}
    await db.write(lambda conn: conn.execute(sa.update(sending_lanes).values(values)) and None)
    await accepting(db).accept(message("bert"))
    assert await db.read(partial(lane_store.find, account="anna")) == LaneState(True, 7, "full")
    assert await db.read(partial(lane_store.find, account="bert")) == USUAL
