"""Lists and reads threads by the ids of the mail server, where the index does not have all messages."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import field
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.imap.capabilities import GMAIL, supports
from postroom.imap.commands.session import Noop
from postroom.imap.responses import FetchData
from postroom.mail.ids import message_id
from postroom.mail.message import detail_items, message_object
from postroom.mail.shapes import MessageObject
from postroom.mailboxes.failures import MissingExtension, ThreadNotFound
from postroom.mailboxes.folder_by_folder import FolderByFolder
from postroom.mailboxes.lists.fetching import fetch_numbered, fetch_uids, incomplete
from postroom.mailboxes.lists.page import NotAnswered
from postroom.mailboxes.own_ids.keys import own_thread, thread_item, thread_key, threads_key
from postroom.mailboxes.own_ids.searching import search_folder
from postroom.mailboxes.places import ListedFolder
from postroom.mailboxes.threads.walking import go, walk
from postroom.mailboxes.visit import FolderVisit, MailVisit, TimeAllowed
from postroom.mailboxes.visiting import MailVisits

__all__ = [
    "MOST_LOOKED_AT",
    "MOST_MESSAGES",
    "ListedThread",
    "ThreadList",
    "WholeThread",
    "list_threads",
    "read_thread",
    "unlisted",
]

MOST_MESSAGES: Final = 500
"""Messages of one folder that belong to a thread and are shown; the newest ones."""

MOST_LOOKED_AT: Final = 2_000
"""Messages of a folder whose threads are listed; the newest ones. The answer has some 60 octets for each."""

_TRIES: Final = 3
_LONGEST_KEY: Final = 4_000
"""Octets of one search. Many servers limit a line to 8,000."""


@dataclass(frozen=True, slots=True)
class ListedThread:
    """A thread of a folder. `newest` is its newest message there, `unseen` counts in the folder of the list.

    `count` and `messages` (message ids) are of all folders.
    """

    thread_id: str
    newest: MessageObject
    count: int
    unseen: int
    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ThreadList:
    """A page of threads; `total` counts the threads of the folder.

    `incomplete` are the folders that are not wholly in it.
    """

    total: int
    path: str
    threads: tuple[ListedThread, ...]
    incomplete: tuple[NotAnswered, ...] = ()


@dataclass(frozen=True, slots=True)
class WholeThread:
    """The messages of a thread in all folders, the oldest first; `incomplete` are the folders that did not answer."""

    thread_id: str
    messages: tuple[MessageObject, ...]
    incomplete: tuple[NotAnswered, ...]


def unlisted() -> MissingExtension:
    """Return the error for threads that neither the server nor the index tells."""
    return MissingExtension(
        "threads", "OBJECTID", "The index of threads, which stands in for it, is off or has not read this folder yet"
    )


async def read_thread(
    visits: MailVisits, account: str, thread: str, allowed: TimeAllowed, first: Collection[str] = ()
) -> WholeThread:
    """Return the messages of a thread in all folders. `first` are the folders where some are known to be.

    Raises ThreadNotFound, and what `walk` raises.
    """
    messages: list[MessageObject] = []
    seen: set[int] = set()

    async def step(visit: MailVisit, listed: ListedFolder) -> None:
        key = thread_key(thread, visit.capabilities)
        if key is None:
            raise ThreadNotFound
        _, found = await search_folder(visit, listed, key)
        if not found:
            return
        folder = await visits.open_listed(visit, listed)
        told = await fetch_uids(folder, list(found)[-MOST_MESSAGES:], detail_items(folder.capabilities))
        fresh = [each for _, each in sorted(told.items()) if each.gm_msgid not in seen]
        seen.update(each.gm_msgid for each in fresh if each.gm_msgid is not None)
        messages.extend(message_object(folder.number, folder.path, each) for each in fresh)

    left_out = await walk(visits, account, allowed, step, first)
    if not messages and not left_out:
        raise ThreadNotFound
    messages.sort(key=lambda each: (each.get("date", ""), each["path"], each["uid"]))
    return WholeThread(thread, tuple(messages), tuple(left_out))


async def list_threads(visits: MailVisits, folder: FolderVisit, page: int, size: int) -> ThreadList:
    """Return a page of the threads of the newest messages of a folder, the one with the newest message first.

    The session has other folders open afterwards. Raises what `FolderVisit.run` raises, IncompleteAnswer, and
    MissingExtension if the server tells no threads.
    """
    threads = _by_thread(await _newest(folder))
    exists = folder.exists
    if exists and not threads:
        raise unlisted()
    shown = {thread: threads[thread] for thread in list(threads)[page * size : (page + 1) * size]}
    details = await _details(folder, [here[0] for here in shown.values()])
    held = _Held(visits, list(shown))
    left_out = []
    if shown:
        begun = FolderByFolder()
        await go(begun, folder.visit, held.look_into, {folder.path})
        left_out = begun.left_out
    if exists > MOST_LOOKED_AT:
        left_out.append(NotAnswered(folder.path, f"Only the newest {MOST_LOOKED_AT} of {exists} messages were read"))
    lines = [
        _line(thread, details[here[0].uid or 0], here, held)
        for thread, here in shown.items()
        if (here[0].uid or 0) in details
    ]
    return ThreadList(len(threads), folder.path, tuple(lines), tuple(left_out))


@dataclass(slots=True)
class _Held:
    """The messages of some threads in all folders: ids by thread, and how many messages they are of."""

    visits: MailVisits
    threads: Sequence[str]
    ids: dict[str, list[str]] = field(default_factory=dict)
    _seen: set[int] = field(default_factory=set)

    async def look_into(self, visit: MailVisit, listed: ListedFolder) -> None:
        """Find the messages of the threads in a folder."""
        uids: list[int] = []
        for part in _parts(self.threads):
            uids += (await search_folder(visit, listed, threads_key(part, visit.capabilities)))[1]
        if not uids:
            return
        folder = await self.visits.open_listed(visit, listed)
        google = ("X-GM-MSGID",) if supports(visit.capabilities, GMAIL) else ()
        told = await fetch_uids(folder, uids, ("UID", thread_item(visit.capabilities), *google))
        for uid, each in sorted(told.items()):
            thread = own_thread(each)
            if thread is not None and each.gm_msgid not in self._seen:
                self.ids.setdefault(thread, []).append(message_id(folder.number, uid))
        self._seen.update(each.gm_msgid for each in told.values() if each.gm_msgid is not None)


def _line(thread: str, newest: MessageObject, here: Sequence[FetchData], held: _Held) -> ListedThread:
    ids = held.ids.get(thread, [])
    unseen = sum("\\seen" not in {flag.lower() for flag in each.flags or ()} for each in here)
    return ListedThread(thread, newest, len(ids), unseen, tuple(ids[-MOST_MESSAGES:]))


async def _newest(folder: FolderVisit) -> list[FetchData]:
    """Return the threads and flags of the newest messages of a folder, the newest first."""
    for _ in range(_TRIES):
        last = folder.exists
        if not last:
            return []
        # The size tells an answer whose thread is NIL from news of changed flags.
        items = ("UID", "FLAGS", "RFC822.SIZE", thread_item(folder.capabilities))
        told = await fetch_numbered(folder, max(1, last - MOST_LOOKED_AT + 1), last, items)
        if told is not None:
            return told[::-1]
        await folder.run(Noop())
    raise incomplete()


def _by_thread(newest_first: Sequence[FetchData]) -> dict[str, list[FetchData]]:
    threads: dict[str, list[FetchData]] = {}
    for each in newest_first:
        if (thread := own_thread(each)) is not None:
            threads.setdefault(thread, []).append(each)
    return threads


async def _details(folder: FolderVisit, newest: Sequence[FetchData]) -> dict[int, MessageObject]:
    """Return the message objects of messages, by UID; those that are gone by now are left out."""
    if not newest:
        return {}
    told = await fetch_uids(folder, [each.uid or 0 for each in newest], detail_items(folder.capabilities))
    return {uid: message_object(folder.number, folder.path, each) for uid, each in told.items()}


def _parts(threads: Sequence[str]) -> Iterator[list[str]]:
    """Yield ids of threads in parts that fit into one search each."""
    part: list[str] = []
    octets = 0
    for thread in threads:
        octets += len(thread) + len("OR X-GM-THRID ")
        if part and octets > _LONGEST_KEY:
            yield part
            part, octets = [], len(thread)
        part.append(thread)
    if part:
        yield part
