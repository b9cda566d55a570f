"""Asks for the mail server's own ids of messages (OBJECTID, Gmail), which stay the same when the messages move."""

from __future__ import annotations

from collections.abc import Mapping

from postroom.imap.commands.fetch import Fetch
from postroom.imap.sets import UidSet
from postroom.mailboxes.failures import ServerRefused
from postroom.mailboxes.own_ids.keys import message_item
from postroom.mailboxes.visit import FolderVisit

__all__ = ["email_ids"]


async def email_ids(folder: FolderVisit, uids: UidSet) -> Mapping[int, str]:
    """Return the ids of messages by UID. A refusal is no reason not to move them: then no ids are known."""
    item = message_item(folder.capabilities)
    if item is None or not uids:
        return {}
    try:
        told = await folder.run(Fetch(uids, ("UID", item)))
    except ServerRefused as refusal:
        if refusal.status == "BYE":
            raise
        return {}
    ids = {each.uid: each.email_id or _decimal(each.gm_msgid) for each in told.messages if each.uid is not None}
    return {uid: id_ for uid, id_ in ids.items() if id_}


def _decimal(number: int | None) -> str:
    return "" if number is None else str(number)
