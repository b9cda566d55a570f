"""Lists and reads threads for callers: the index says which messages belong together, the mail server what they are.

A server with ids of its own for threads is asked itself where the index does not have all messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from itertools import groupby
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.imap.capabilities import GMAIL
from postroom.imap.commands.fetch import Fetch
from postroom.imap.responses import FetchData
from postroom.imap.sets import UidSet
from postroom.mail.identity.links import threaded_by_server
from postroom.mail.identity.stable_ids import read_thread_id, thread_id
from postroom.mail.ids import NotAnId, message_id
from postroom.mail.message import message_object
from postroom.mail.shapes import MessageObject
from postroom.mailboxes.account_row import account_row
from postroom.mailboxes.failures import InvalidId, MailboxFailed, MissingExtension, ThreadNotFound
from postroom.mailboxes.lists.page import NotAnswered
from postroom.mailboxes.threads.by_server import (
    MOST_MESSAGES,
    ListedThread,
    ThreadList,
    WholeThread,
    list_threads,
    read_thread,
    unlisted,
)
from postroom.mailboxes.threads.marking import mark_threads
from postroom.mailboxes.visit import FolderVisit, TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.sessions.failures import SessionFailed
from postroom.storage.statements.connection import Connection
from postroom.threads import coverage_store, reading
from postroom.threads.coverage_store import Covered
from postroom.threads.reading import ThreadLine
from postroom.threads.store import Indexed

__all__ = ["Threads"]

_ITEMS: Final = ("UID", "FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODYSTRUCTURE")


@dataclass(frozen=True, slots=True)
class Threads:
    """Lists and reads threads for callers."""

    visits: MailVisits

    async def list_page(self, account: str, path: str, page: int, size: int, allowed: TimeAllowed) -> ThreadList:
        """Return a page of the threads of a folder, the one with the newest message first.

        Raises what `MailVisits.folder` raises, and MissingExtension if neither the index nor the server tells threads.
        """
        async with self.visits.folder(account, path, allowed) as folder:
            key, uidvalidity = folder.visit.key, folder.opened.uidvalidity or 0
            covered = await self.visits.db.read(lambda conn: coverage_store.find(conn, key, folder.path, uidvalidity))
            if (covered is None or not covered.is_whole) and threaded_by_server(folder.capabilities):
                return await list_threads(self.visits, folder, page, size)
            if covered is None:
                raise unlisted()
            return await self._by_index(folder, covered, page, size)

    async def _by_index(self, folder: FolderVisit, covered: Covered, page: int, size: int) -> ThreadList:
        key, of = folder.visit.key, covered.mailbox_id
        found = await self.visits.db.read(lambda conn: reading.page(conn, key, of, page, size))
        told = await _fetch(folder, [line.newest for line in found.lines], _ITEMS)
        flags = await _fetch(folder, [uid for line in found.lines for uid in _uids_in(line, of)], ("UID", "FLAGS"))
        threads = [_listed(folder, line, told[line.newest], flags) for line in found.lines if line.newest in told]
        left_out = []
        if not covered.is_whole:
            unread = f"Messages above the UID {covered.upto} are not in the index of threads yet"
            left_out.append(NotAnswered(folder.path, unread))
        if not found.is_whole:
            left_out.append(NotAnswered(folder.path, f"Only the newest {found.looked_at} messages were looked at"))
        return ThreadList(found.total, folder.path, tuple(threads), tuple(left_out))

    async def read(self, account: str, thread: str, allowed: TimeAllowed) -> WholeThread:
        """Return the messages of a thread in all folders.

        Raises InvalidId and ThreadNotFound, and what `MailVisits.folder` raises when no folder answered.
        """
        try:
            wanted = read_thread_id(thread)
        except NotAnId as error:
            raise InvalidId(str(error)) from error
        found, is_whole = await self._members(account, wanted)
        is_own = not thread.startswith("r.")
        if not is_own or (is_whole and found):
            shown, is_there = await self._from_index(account, thread, found, allowed)
            if not is_own or is_there:
                return shown
        # The index is off, unfinished, or behind the server.
        with suppress(MissingExtension):
            return await read_thread(self.visits, account, thread, allowed, {each.path for each in found})
        return (await self._from_index(account, thread, found, allowed))[0]

    async def _from_index(
        self, account: str, thread: str, found: Sequence[Indexed], allowed: TimeAllowed
    ) -> tuple[WholeThread, bool]:
        """Return the messages that the index has of a thread, and whether all of them are where it has them."""
        if not found:
            raise ThreadNotFound
        messages: list[MessageObject] = []
        failed: list[tuple[str, MailboxFailed | SessionFailed]] = []
        expected = 0
        folders = [(path, list(lying)) for path, lying in groupby(found, key=lambda each: each.path)]
        for path, lying in folders:
            try:
                messages += await self._in_folder(account, path, lying, thread, allowed)
                expected += min(len(lying), MOST_MESSAGES)
            except (MailboxFailed, SessionFailed) as error:
                failed.append((path, error))
        if len(failed) == len(folders):
            raise failed[0][1]
        messages.sort(key=lambda each: (each.get("date", ""), each["path"], each["uid"]))
        left_out = tuple(NotAnswered(path, error.message) for path, error in failed)
        return WholeThread(thread, tuple(messages), left_out), len(messages) >= expected

    async def mark(self, folder: FolderVisit, messages: Sequence[MessageObject]) -> None:
        """Put the thread into message objects of a folder that have none from the server."""
        await mark_threads(self.visits.db, folder, messages)

    async def _members(self, account: str, thread: int) -> tuple[list[Indexed], bool]:
        """Return the messages of a thread that the index has, and whether it has all of the account."""

        def work(conn: Connection) -> tuple[list[Indexed], bool]:
            key = account_row(conn, account).key
            return reading.members(conn, key, [thread])[thread], coverage_store.covers_all(conn, key)

        return await self.visits.db.read(work)

    async def _in_folder(
        self, account: str, path: str, lying: Sequence[Indexed], thread: str, allowed: TimeAllowed
    ) -> list[MessageObject]:
        """Return those messages of a thread that a folder still holds."""
        async with self.visits.folder(account, path, allowed) as folder:
            if (folder.opened.uidvalidity or 0) != lying[0].uidvalidity:
                return []
            told = await _fetch(folder, [each.uid for each in lying][-MOST_MESSAGES:], _ITEMS)
            made = [_message(folder, each) for _, each in sorted(told.items())]
            for each in made:
                each.setdefault("threadId", thread)
            return made


def _listed(folder: FolderVisit, line: ThreadLine, newest: FetchData, flags: dict[int, FetchData]) -> ListedThread:
    message = _message(folder, newest)
    name = message.get("threadId", thread_id(line.thread))
    message["threadId"] = name
    here = [each.uid for each in line.members if each.path == folder.path]
    unseen = sum("\\seen" not in _lowered(flags[uid]) for uid in here if uid in flags)
    ids = tuple(message_id(each.number, each.uid) for each in line.members[-MOST_MESSAGES:] if each.number)
    return ListedThread(name, message, len(line.members), unseen, ids)


def _lowered(data: FetchData) -> set[str]:
    return {flag.lower() for flag in data.flags or ()}


def _uids_in(line: ThreadLine, mailbox_id: int) -> list[int]:
    return [each.uid for each in line.members if each.mailbox_id == mailbox_id][-MOST_MESSAGES:]


def _message(folder: FolderVisit, data: FetchData) -> MessageObject:
    return message_object(folder.number, folder.path, data)


async def _fetch(folder: FolderVisit, uids: Sequence[int], items: tuple[str, ...]) -> dict[int, FetchData]:
    """Return what the server tells of messages, by UID; those that are gone are left out."""
    if not uids:
        return {}
    offered = folder.capabilities
    ids = ("EMAILID", "THREADID") if "OBJECTID" in offered else ()
    google = ("X-GM-MSGID", "X-GM-THRID", "X-GM-LABELS") if GMAIL in offered else ()
    more = (*ids, *google) if "ENVELOPE" in items else ()
    told = await folder.run(Fetch(UidSet.from_iterable(uids), (*items, *more)))
    return {each.uid: each for each in told.messages if each.uid is not None}
