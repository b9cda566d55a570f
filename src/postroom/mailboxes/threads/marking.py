"""Puts the thread into message objects, from the index, where the mail server does not tell it or answers NIL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from postroom.mail.identity.stable_ids import thread_id
from postroom.mail.ids import read_message_id
from postroom.mail.shapes import MessageObject
from postroom.mailboxes.visit import FolderVisit
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.threads import reading, store

__all__ = ["mark_threads"]

_NAME = "threadId"


async def mark_threads(
    db: Database, folder: FolderVisit, messages: Sequence[MessageObject], shown: Collection[str] = (_NAME,)
) -> None:
    """Put `threadId` into message objects of a folder that have none from the server: one read for all of them.

    Nothing is done unless the caller wants the member to be `shown`. A message that the index does not know stays as it
    is. Raises StorageFailed.
    """
    if _NAME not in shown:
        return
    # A list may show no `uid`, but it always shows the id.
    lacking = {each.get("uid") or read_message_id(each["id"]).uid: each for each in messages if _NAME not in each}
    if not lacking:
        return
    key, path, uidvalidity = folder.visit.key, folder.path, folder.opened.uidvalidity or 0

    def work(conn: Connection) -> Mapping[int, int]:
        of = store.mailbox_id(conn, key, path, uidvalidity)
        return {} if of is None else reading.threads_at(conn, key, of, list(lacking))

    for uid, thread in (await db.read(work)).items():
        lacking[uid]["threadId"] = thread_id(thread)
