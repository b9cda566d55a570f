"""Reads the counters of folders that are not open: by NOTIFY, by one LIST for all, or by one STATUS for each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from postroom.connections.clients.imap_client import ImapClient
from postroom.imap.capabilities import supports
from postroom.imap.commands.notify import Notify, Watched
from postroom.imap.commands.status import Status
from postroom.imap.errors import CommandFailed
from postroom.sync.folder.plan import Told
from postroom.sync.news import PathOf, told_by_status
from postroom.sync.refusals import BACK_OFF, wants_pause
from postroom.sync.whole_answers import Answers

_MESSAGE_EVENTS: Final = ("MessageNew", "MessageExpunge", "FlagChange")
# Commands in flight at a time.
_AT_ONCE: Final = 16


def status_items(capabilities: frozenset[str]) -> tuple[str, ...]:
    """Return the STATUS items worth asking for."""
    modseq = ("HIGHESTMODSEQ",) if supports(capabilities, "CONDSTORE") else ()
    object_id = ("MAILBOXID",) if "OBJECTID" in capabilities else ()
    return ("MESSAGES", "UIDNEXT", "UIDVALIDITY", *modseq, *object_id)


async def be_notified(client: ImapClient, path_of: PathOf) -> dict[str, Told] | None:
    """Have the server report changes in all folders on this connection (RFC 5465); return their counters by path.

    Returns None when the server does not offer NOTIFY, or refuses it. `path_of` finds the folder of a STATUS response.
    """
    if "NOTIFY" not in client.capabilities:
        return None
    groups = (Watched("SELECTED", _MESSAGE_EVENTS), Watched("PERSONAL", (*_MESSAGE_EVENTS, "MailboxName")))
    try:
        told = await Answers(client).run(lambda: Notify(groups, status=True))
    except CommandFailed as refusal:
        if refusal.status == "BYE":
            raise
        return None
    return {path: told_by_status(status) for status in told if (path := path_of(status)) is not None}


async def counters(
    client: ImapClient, names: Sequence[tuple[str, bytes | str]], *, patient: bool = False
) -> dict[str, Told]:
    """Return the counters of folders, given as (path, name on the wire). Folders that the server refuses are left out.

    With `patient`, a temporary refusal is retried; the last one raises CommandFailed.
    """
    told: dict[str, Told] = {}
    for at in range(0, len(names), _AT_ONCE):
        part = names[at : at + _AT_ONCE]
        answers = await asyncio.gather(*(_status(client, raw_name, patient=patient) for _, raw_name in part))
        told |= {path: answer for (path, _), answer in zip(part, answers, strict=True) if answer is not None}
    return told


async def _status(client: ImapClient, raw_name: bytes | str, *, patient: bool) -> Told | None:
    answers = Answers(client, BACK_OFF if patient else ())
    try:
        return told_by_status(await answers.run(lambda: Status(raw_name, status_items(client.capabilities))))
    except CommandFailed as refusal:
        if refusal.status == "BYE" or (patient and wants_pause(refusal)):
            raise
        return None
