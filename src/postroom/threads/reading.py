"""What callers ask the index of threads: the messages of threads, and the threads of a folder, newest first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from postroom.footprint.dataclass import dataclass
from postroom.storage.statements.connection import Connection
from postroom.threads import store
from postroom.threads.store import Indexed

__all__ = ["ThreadLine", "ThreadPage", "members", "page", "threads_at"]


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """A thread in a list: its newest message in the folder of the list, and its messages in all folders."""

    thread: int
    newest: int
    members: tuple[Indexed, ...]


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """A page of the threads of a folder; `total` counts all of them.

    `looked_at` are the messages that were looked at: the newest ones, or all if it `is_whole`.
    """

    total: int
    lines: tuple[ThreadLine, ...]
    looked_at: int
    is_whole: bool


def members(conn: Connection, account_key: int, threads: Collection[int]) -> dict[int, list[Indexed]]:
    """Return the messages of each thread, in order of folder and UID. A thread may be asked for by an older id."""
    now = {thread: thread for thread in threads} | store.successors(conn, account_key, threads)
    parts = store.aliases(conn, account_key, set(now.values()))
    belongs = {**{thread: thread for thread in now.values()}, **parts}
    found: dict[int, list[Indexed]] = {thread: [] for thread in now.values()}
    for each in store.holding(conn, account_key, set(belongs)):
        if each.entry.thread in belongs:
            found[belongs[each.entry.thread]].append(each)
    return {thread: found[now[thread]] for thread in threads}


def page(conn: Connection, account_key: int, mailbox_id: int, number: int, size: int) -> ThreadPage:
    """Return a page of the threads of a folder, of its newest messages. The one that changed last is first."""
    entries, is_whole = store.newest_entries(conn, mailbox_id)
    later = store.all_joins(conn, account_key)
    newest: dict[int, int] = {}
    for uid in sorted(entries, reverse=True):
        thread = entries[uid].thread
        if thread:
            newest.setdefault(later.get(thread, thread), uid)
    shown = list(newest)[number * size : (number + 1) * size]
    found = members(conn, account_key, shown)
    lines = tuple(ThreadLine(thread, newest[thread], tuple(found[thread])) for thread in shown)
    return ThreadPage(len(newest), lines, len(entries), is_whole)


def threads_at(conn: Connection, account_key: int, mailbox_id: int, uids: Sequence[int]) -> Mapping[int, int]:
    """Return the threads of some messages of a folder, by UID."""
    found = {uid: each.thread for uid, each in store.entries_at(conn, mailbox_id, uids).items() if each.thread}
    later = store.successors(conn, account_key, set(found.values()))
    return {uid: later.get(thread, thread) for uid, thread in found.items()}
