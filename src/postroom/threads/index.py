"""Changes to the index of threads, for the transaction of the one who writes the folder."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from postroom.mail.identity.links import Links
from postroom.storage.statements.connection import Connection
from postroom.threads import store
from postroom.threads.entries import Entry, by_chunk, chunk_of
from postroom.threads.joining import join

__all__ = ["add", "ask", "remove"]


def add(conn: Connection, account_key: int, mailbox_id: int, links: Mapping[int, Links]) -> dict[int, int]:
    """Take in messages of a folder, given by UID; return their threads. A message that is known is taken in anew.

    Two transactions must not do this for one account at the same time: the check of the lease comes first.
    """
    return ask(conn, account_key, mailbox_id, links)()


def ask(
    conn: Connection, account_key: int, mailbox_id: int, links: Mapping[int, Links]
) -> Callable[[], dict[int, int]]:
    """Ask for what is known near these messages. What is returned takes them in, as `add` does."""
    told = {uid: each for uid, each in sorted(links.items()) if not each.is_empty}
    if not told:
        return dict
    chains = {name for each in told.values() for name in each.chain}
    places = by_chunk(told)
    near = store.ask_near(conn, account_key, chains, mailbox_id, places)

    def take_in() -> dict[int, int]:
        stored, chunks = near()
        joined = join(list(told.values()), store.names(conn, account_key, chains, stored))
        store.put_names(conn, account_key, joined.names, stored)
        store.put_joins(conn, account_key, joined.joins)
        threads = dict(zip(told, joined.threads, strict=True))
        for number, uids in places.items():
            chunks[number] |= {uid: Entry(told[uid].name or 0, threads[uid], told[uid].size) for uid in sorted(uids)}
        store.save(conn, mailbox_id, chunks)
        return {uid: thread for uid, thread in threads.items() if thread}

    return take_in


def remove(conn: Connection, mailbox_id: int, uids: Collection[int]) -> dict[int, Entry]:
    """Remove messages of a folder; return their entries, by UID."""
    parts = by_chunk(uids)
    if not parts:
        return {}
    before = store.load(conn, mailbox_id, parts)
    gone = {uid: entry for entries in before.values() for uid, entry in entries.items() if uid in parts[chunk_of(uid)]}
    kept = {
        number: {uid: entry for uid, entry in entries.items() if uid not in gone} for number, entries in before.items()
    }
    store.save(conn, mailbox_id, {number: entries for number, entries in kept.items() if entries != before[number]})
    return gone
