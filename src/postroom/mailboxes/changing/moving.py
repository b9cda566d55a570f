"""Moves messages of an open folder to another one, and finds out under which UIDs they are there."""

from __future__ import annotations

import asyncio
from typing import Final

from postroom.errors import StorageFailed
from postroom.footprint.dataclass import dataclass
from postroom.imap import encode
from postroom.imap.commands.arguments import words
from postroom.imap.commands.copy import Copied
from postroom.imap.commands.fetch import Fetch
from postroom.imap.commands.move import move_messages
from postroom.imap.commands.search import Search
from postroom.imap.commands.select import Select
from postroom.imap.responses import FetchData
from postroom.imap.sets import UidSet
from postroom.mail.ids import MessageId, message_id
from postroom.mailboxes.changing.announced import announced
from postroom.mailboxes.changing.progress import ChangeProgress
from postroom.mailboxes.changing.targets import MoveTarget, is_missing, look_again
from postroom.mailboxes.failures import MailboxFailed, ServerRefused
from postroom.mailboxes.visit import FolderVisit, TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.sessions.failures import SessionFailed

__all__ = ["Moved", "Trace", "found_again", "move_uids", "trace_of"]

_MOST_ALIKE: Final = 20
"""Messages with one Message-ID among which the moved one is looked for by its size."""

_LONGEST_ID: Final = 900
_SPARE: Final = 0.2
"""Seconds that the search for a moved message leaves of the time allowed, so that the answer says it was moved."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What the server proved by COPYUID (RFC 4315) about one move.

    `pairs` are UIDs before and after, ascending. `source` and `target` are the numbers of the folders in message ids.
    `path` is the target's path.
    """

    pairs: tuple[tuple[int, int], ...]
    source: int
    target: int
    path: str

    def ids(self) -> list[tuple[str, str]]:
        """The ids of the messages before and after."""
        return [(message_id(old.number, old.uid), message_id(new.number, new.uid)) for old, new in self.places()]

    def places(self) -> list[tuple[MessageId, MessageId]]:
        """The same before they are written as text."""
        return [(MessageId(self.source, old), MessageId(self.target, new)) for old, new in self.pairs]


@dataclass(frozen=True, slots=True)
class Trace:
    """By what a moved message is recognised: its Message-ID and its size in octets."""

    message_id: str
    size: int | None


async def move_uids(
    visits: MailVisits, folder: FolderVisit, uids: UidSet, target: MoveTarget, progress: ChangeProgress
) -> tuple[MoveTarget, Moved | None]:
    """Move messages in one step; return the target as it was found, and what the server proved: None without COPYUID.

    This is the only place through which messages move. Raises FolderNotFound, ServerRefused and SessionFailed.
    """
    try:
        return target, await _step(visits, folder, uids, target, progress)
    except ServerRefused as refusal:
        if not is_missing(refusal) or progress.unsure:
            raise
        again = await look_again(folder.visit, target)
        if again is None:
            raise
        return again, await _step(visits, folder, uids, again, progress)


async def _step(
    visits: MailVisits, folder: FolderVisit, uids: UidSet, target: MoveTarget, progress: ChangeProgress
) -> Moved | None:
    async with announced(visits, folder, target.path, progress) as under_way:
        moved = await _proved(visits, folder, uids, target, await _move(folder, uids, target, progress))
        if moved is not None:
            under_way.moved += moved.places()
            progress.moved += moved.ids()
    return moved


async def _move(folder: FolderVisit, uids: UidSet, target: MoveTarget, progress: ChangeProgress) -> Copied | None:
    progress.sending(len(uids))
    progress.touched += [folder.path, target.path]
    try:
        copied = await folder.perform(move_messages(folder.capabilities, uids, target.name))
    except ServerRefused as refusal:
        if refusal.status == "BYE":
            raise
        if refusal.command not in ("UID MOVE", "UID COPY"):
            progress.copied += len(uids)
            progress.refused()
        elif refusal.command == "UID COPY" or len(uids) == 1 or is_missing(refusal):
            # A refused MOVE of several messages may have moved some of them (RFC 6851 section 4.4).
            progress.refused()
        raise
    progress.answered()
    return copied


async def _proved(
    visits: MailVisits, folder: FolderVisit, uids: UidSet, target: MoveTarget, copied: Copied | None
) -> Moved | None:
    """Return what a COPYUID proves, None when it says too little."""
    if copied is None or not copied.uidvalidity or len(copied.source) != len(copied.destination):
        return None
    number = await _number(visits, folder, target, copied.uidvalidity)
    if number is None:
        return None
    pairs = zip(copied.source, copied.destination, strict=True)
    return Moved(tuple((old, new) for old, new in pairs if old in uids), folder.number, number, target.path)


async def _number(visits: MailVisits, folder: FolderVisit, target: MoveTarget, uidvalidity: int) -> int | None:
    """Return the number of the target, None when the database cannot say: the messages were moved all the same."""
    try:
        return await visits.number(folder.visit, target.path, uidvalidity)
    except StorageFailed:
        return None


def trace_of(data: FetchData) -> Trace | None:
    """Return by what a message can be recognised; None when it has no Message-ID that can be searched for."""
    envelope = data.envelope
    id_ = envelope.message_id if envelope is not None else None
    if not id_ or len(id_) > _LONGEST_ID or not id_.isascii() or not id_.isprintable():
        return None
    return Trace(id_, data.size)


async def found_again(
    visits: MailVisits, folder: FolderVisit, target: MoveTarget, trace: Trace, allowed: TimeAllowed
) -> tuple[int | None, MessageId | None]:
    """Look for a moved message in the target; return how many messages look like it, and where it is if just one does.

    Opens the target in place of the folder. A failure does not raise, because the message was moved: None messages.
    """
    try:
        async with asyncio.timeout(max(0.0, allowed.left - _SPARE)):
            opened = await folder.visit.run(Select(target.name, read_only=True))
            uids = await _alike(folder, trace)
    except (MailboxFailed, SessionFailed, TimeoutError):
        return None, None
    number = await _number(visits, folder, target, opened.uidvalidity or 0) if len(uids) == 1 else None
    return len(uids), None if number is None else MessageId(number, uids[0])


async def _alike(folder: FolderVisit, trace: Trace) -> list[int]:
    criteria = words(b"HEADER", b"Message-ID", encode.string(trace.message_id))
    found = (await folder.visit.run(Search(criteria))).uids
    if not found or len(found) > _MOST_ALIKE:
        return list(found or ())[: _MOST_ALIKE + 1]
    told = await folder.visit.run(Fetch(found, ("RFC822.SIZE", "ENVELOPE")))
    return [
        each.uid
        for each in told.messages
        if each.uid is not None
        and each.envelope is not None
        and each.envelope.message_id == trace.message_id
        and (trace.size is None or each.size == trace.size)
    ]
