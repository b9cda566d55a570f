"""Changes, moves and deletes messages for callers: one by its id, or all that a search finds in a folder.

The account's sync announces each change, as if another mail program had made it. It is told at once where to look.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from postroom.errors import StorageFailed
from postroom.folders.hints import hint
from postroom.footprint.dataclass import dataclass
from postroom.imap.capabilities import supports
from postroom.imap.responses import FetchData
from postroom.imap.sets import UidSet
from postroom.mail.ids import message_id
from postroom.mailboxes.changing.edits import Effect, effect
from postroom.mailboxes.changing.finding import found_in
from postroom.mailboxes.changing.many import ManyChanged, ManyDeleted, ManyMoved, change_many, move_many, remove_many
from postroom.mailboxes.changing.moving import found_again, move_uids, trace_of
from postroom.mailboxes.changing.progress import ChangeProgress, truthful
from postroom.mailboxes.changing.removing import find_trash, remove, without_trash
from postroom.mailboxes.changing.storing import Change, Now, check, items_of, store
from postroom.mailboxes.changing.targets import MoveTarget, find_target
from postroom.mailboxes.failures import MessageNotFound
from postroom.mailboxes.searching.terms import Terms
from postroom.mailboxes.visit import AtMessage, TimeAllowed, fetch_one
from postroom.mailboxes.visiting import MailVisits

__all__ = ["MailChanges", "MessageChanged", "Placed"]

_KNOWN: Final = ("FLAGS", "RFC822.SIZE", "ENVELOPE")


@dataclass(frozen=True, slots=True)
class MessageChanged:
    """What a change of one message did, and the flags and labels that the message has now."""

    flags: Effect | None
    labels: Effect | None
    now: Now


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a moved message is. `id` and `uid` are None when that is not known."""

    path: str
    id: str | None = None
    uid: int | None = None


@dataclass(frozen=True, slots=True)
class MailChanges:
    """Changes, moves and deletes messages for callers.

    Each method raises what a visit raises. When the time or the session ends during a change, it raises ChangeTimedOut
    or ChangeCutShort; when the server refuses to go on, ChangeRefused.
    """

    visits: MailVisits

    # One message.

    async def change(self, account: str, id_: str, change: Change, allowed: TimeAllowed) -> MessageChanged:
        """Change flags and labels of a message. Raises MissingExtension and FlagsNotKept before anything changed."""
        async with (
            self._begun(account, 1) as progress,
            self.visits.message(account, id_, allowed, writes=True) as at,
        ):
            check(at.folder, change)
            progress.touched.append(at.folder.path)
            return await _change(at, change, progress)

    async def move(self, account: str, id_: str, path: str, allowed: TimeAllowed) -> Placed:
        r"""Move a message to a folder, by path or role (`\Archive`). Raises FolderNotFound.

        In the folder where it is already, the message stays as it is.
        """
        async with (
            self._begun(account, 1) as progress,
            self.visits.message(account, id_, allowed, writes=True) as at,
        ):
            known = await fetch_one(at, _KNOWN)
            target = await find_target(self.visits, at.folder.visit, path)
            return await self._move(at, known, target, progress, allowed)

    async def delete(self, account: str, id_: str, allowed: TimeAllowed, *, force: bool = False) -> Placed | None:
        """Move a message to the folder of deleted mail and say where it is, or remove it for good: None.

        It is removed with `force`, and in the folders of deleted and of junk mail. Raises TrashNotFound.
        """
        async with (
            self._begun(account, 1) as progress,
            self.visits.message(account, id_, allowed, writes=True) as at,
        ):
            known, placed = await fetch_one(at, _KNOWN), None
            trash = None if force else await find_trash(self.visits, at.folder)
            if trash is None:
                progress.touched.append(at.folder.path)
                await remove(at.folder, UidSet.from_iterable((at.uid,)), progress)
            else:
                with without_trash():
                    placed = await self._move(at, known, trash, progress, allowed)
        return placed

    # All messages that a search finds.

    async def change_found(
        self, account: str, path: str, terms: Terms, change: Change, allowed: TimeAllowed
    ) -> ManyChanged:
        """Change flags and labels of the messages that a search finds in a folder. Raises what `change` raises."""
        async with (
            self._begun(account) as progress,
            self.visits.folder(account, path, allowed, writes=True) as folder,
        ):
            check(folder, change)
            progress.touched.append(folder.path)
            return await change_many(folder, await found_in(folder, terms), change, progress)

    async def move_found(self, account: str, path: str, terms: Terms, to: str, allowed: TimeAllowed) -> ManyMoved:
        """Move the messages that a search finds in a folder to another one. Raises FolderNotFound."""
        async with (
            self._begun(account) as progress,
            self.visits.folder(account, path, allowed, writes=True) as folder,
        ):
            target = await find_target(self.visits, folder.visit, to)
            return await move_many(self.visits, folder, await found_in(folder, terms), target, progress)

    async def delete_found(
        self, account: str, path: str, terms: Terms, allowed: TimeAllowed, *, force: bool = False
    ) -> ManyDeleted:
        """Move the messages that a search finds in a folder to that of deleted mail, or remove them for good.

        The rule is that of `delete`. Raises TrashNotFound.
        """
        async with (
            self._begun(account) as progress,
            self.visits.folder(account, path, allowed, writes=True) as folder,
        ):
            trash = None if force else await find_trash(self.visits, folder)
            uids = await found_in(folder, terms)
            if trash is None:
                progress.touched.append(folder.path)
                await remove_many(folder, uids, progress)
                return ManyDeleted(len(uids), None)
            with without_trash():
                return ManyDeleted(len(uids), await move_many(self.visits, folder, uids, trash, progress))

    # The steps.

    async def _move(
        self, at: AtMessage, known: FetchData, target: MoveTarget, progress: ChangeProgress, allowed: TimeAllowed
    ) -> Placed:
        folder = at.folder
        if target.path == folder.path:
            return Placed(folder.path, message_id(folder.number, at.uid), at.uid)
        target, moved = await move_uids(self.visits, folder, UidSet.from_iterable((at.uid,)), target, progress)
        if moved is not None and moved.pairs:
            return Placed(target.path, moved.ids()[0][1], moved.pairs[0][1])
        trace = trace_of(known)
        count, found = (None, None) if trace is None else await found_again(self.visits, folder, target, trace, allowed)
        if count == 0 and supports(folder.capabilities, "UIDPLUS"):
            # This server tells the new UID of each message that it moves, so there was none to move any more.
            raise MessageNotFound
        if found is None:
            return Placed(target.path)
        return Placed(target.path, message_id(found.number, found.uid), found.uid)

    @asynccontextmanager
    async def _begun(self, account: str, total: int = 0) -> AsyncIterator[ChangeProgress]:
        """Keep count of a change within the block. At its end the sync is told to look at the folders it touched.

        It is told after a failure too, because the server may have changed something.
        """
        progress = ChangeProgress(total)
        try:
            with truthful(progress):
                yield progress
        finally:
            if progress.has_begun and progress.touched:
                with suppress(StorageFailed):
                    await self.visits.db.write(lambda conn: hint(conn, account, progress.touched))


async def _change(at: AtMessage, change: Change, progress: ChangeProgress) -> MessageChanged:
    told = {} if change.is_nothing else await store(at.folder, UidSet.from_iterable((at.uid,)), change, progress)
    now = told.get(at.uid)
    if now is None:
        known = await fetch_one(at, items_of(change))
        now = Now(known.flags, known.gm_labels)
    return MessageChanged(
        None if change.flags is None else effect(change.flags, now.flags),
        None if change.labels is None else effect(change.labels, now.labels),
        now,
    )
