"""Reads of the log, each in a transaction of its own."""

from __future__ import annotations

from functools import partial

import pytest

from postroom.events.log import append
from postroom.events.model import CursorExpired, EventNotFound, WantedEvents
from postroom.events.reader import EventReader
from postroom.events.sending import MessageFailed, MessageUnknown, Posted
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from tests.events.test_cursor import db, note

__all__ = ["db"]


async def test_a_reader_begins_here_and_reads_on_what_it_wants(db: Database) -> None:
    reader = EventReader(db)
    begin = await reader.here()
    assert begin == await reader.newest()
    await db.write(lambda conn: note(conn, 1, ["messageNew", "connectError"]))
    found = await reader.page(begin, wanted=WantedEvents(types=("connectError",)), limit=10)
    assert [event.type for event in found.events] == ["connectError"]
    assert found.cursor == await reader.newest()


async def test_a_cursor_of_another_log_is_refused(db: Database) -> None:
    reader = EventReader(db)
    newest = await reader.newest()
    await reader.demand(newest)
    with pytest.raises(CursorExpired):
        await reader.demand(newest + 1)


async def test_the_newest_events_of_an_account_come_newest_first(db: Database) -> None:
    reader = EventReader(db)
    await db.write(lambda conn: note(conn, 1, ["messageNew", "connectError", "messageDeleted"]))
    await db.write(lambda conn: note(conn, 2, ["messageNew"]))
    (newest, *_) = (await reader.page(None)).events
    found = await reader.newest_of(newest.account, 2)
    assert [event.type for event in found] == ["messageDeleted", "connectError"]
    assert await reader.newest_of("nobody") == []


def _tell(conn: Connection, *, key: int, queue_id: str, at: int) -> None:
    posted = Posted(queue_id, "<1@x>", "a@x", ("b@x",))
    append(conn, key, f"a{key}", [MessageUnknown(posted, "lost"), MessageFailed(posted, "given up")], at)


async def test_the_events_of_a_message_come_in_order_without_those_of_others(db: Database) -> None:
    reader = EventReader(db)
    await db.write(lambda conn: note(conn, 1, ["messageNew"], 1_000_000))
    for key, queue_id, at in ((1, "18bc", 1_000_000), (1, "18bd", 1_000_001), (2, "18bc", 1_000_002)):
        await db.write(partial(_tell, key=key, queue_id=queue_id, at=at))
    found = await reader.of_message("a1", "18bc", 1_000_000)
    assert [(each.type, each.at) for each in found] == [("messageUnknown", 1_000_000), ("messageFailed", 1_000_000)]
    assert await reader.of_message("a1", "18bc", 1_000_000, limit=1) == found[:1]
    assert len(await reader.of_message("a1", "18bc", 1_050_000)) == 2, "clocks of nodes differ a little"
    assert await reader.of_message("a1", "18bc", 2_000_000) == []
    assert await reader.of_message("a1", "18b", 1_000_000) == []
    assert await reader.of_message("nobody", "18bc", 1_000_000) == []


async def test_events_are_read_backwards_and_found_by_id(db: Database) -> None:
    reader = EventReader(db)
    await db.write(lambda conn: note(conn, 1, ["messageNew", "connectError", "messageDeleted"]))
    newest, second, *_ = await reader.newest_before(None)
    assert [newest.type, second.type] == ["messageDeleted", "connectError"]
    assert (await reader.newest_before(newest.seq, limit=1)) == [second]
    wanted = WantedEvents(newest.account, types=("connectError",))
    assert await reader.newest_before(newest.seq, wanted=wanted) == [second]
    assert await reader.newest_before(newest.seq, wanted=WantedEvents("nobody")) == []
    assert await reader.number_of(second.id) == second.seq
    with pytest.raises(EventNotFound):
        await reader.number_of("no such id")
