"""Tells the sync of a move before it begins and when it is known what became of it, so that it is one event."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import field
from typing import Final

from postroom.clock import now_ms
from postroom.errors import StorageFailed
from postroom.folders import numbers_store
from postroom.folders.hints import hint
from postroom.footprint.dataclass import dataclass
from postroom.mail.ids import MessageId
from postroom.mailboxes.changing.progress import ChangeProgress
from postroom.mailboxes.visit import FolderVisit
from postroom.mailboxes.visiting import MailVisits
from postroom.storage.statements.connection import Connection
from postroom.threads.moves import store as moves_store
from postroom.threads.moves import under_way_store
from postroom.threads.moves.under_way_store import UnderWay

__all__ = ["MoveUnderWay", "announced"]

_SPARE: Final = 5.0
"""Seconds after the end of the time allowed up to which a move counts as under way if nobody ends it."""

_LONGEST: Final = 60.0


@dataclass(slots=True)
class MoveUnderWay:
    """A move that has begun. `moved` are the places before and after, once the server has proved them."""

    moved: list[tuple[MessageId, MessageId]] = field(default_factory=list)


@asynccontextmanager
async def announced(
    visits: MailVisits, folder: FolderVisit, target: str, progress: ChangeProgress
) -> AsyncIterator[MoveUnderWay]:
    """Let the move within the block be known as under way; at its end store what was proved, and tell the sync.

    `target` is the path that the messages go to. A database that is away does not prevent the move. It is then
    announced as messages that were deleted and messages that are new.
    """
    id_, key = secrets.token_hex(8), folder.visit.key
    begun = UnderWay(id_, folder.number, target, now_ms() + int(1000 * _seconds_left(folder)))
    move = MoveUnderWay()

    def begin(conn: Connection) -> None:
        if numbers_store.lock(conn, key):
            under_way_store.begin(conn, key, begun, now_ms())

    def end(conn: Connection) -> None:
        if not numbers_store.lock(conn, key):
            return
        moves_store.put_moved(conn, key, move.moved, now_ms())
        under_way_store.end(conn, key, id_)
        if move.moved:
            hint(conn, folder.visit.account, (folder.path, target))

    with suppress(StorageFailed):
        await visits.db.write(begin)
    try:
        yield move
    finally:
        with suppress(StorageFailed):
            await visits.db.write(end)
            if move.moved:
                progress.hinted((folder.path, target))


def _seconds_left(folder: FolderVisit) -> float:
    at = folder.visit.clock.when()
    left = _LONGEST if at is None else at - asyncio.get_running_loop().time()
    return max(0.0, min(left, _LONGEST)) + _SPARE
