"""Adds a message to a folder by APPEND, and finds out where it is there: its UID, its id and its number."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from postroom.accounts.model import AccountNotFound
from postroom.errors import StorageFailed
from postroom.imap import encode
from postroom.imap.commands.append import Append, Appended
from postroom.imap.commands.arguments import MailboxName, words
from postroom.imap.commands.search import Search
from postroom.imap.commands.select import Select
from postroom.imap.errors import LocalProtocolError
from postroom.imap.names import encode_mailbox, normalise_inbox
from postroom.imap.selected import SelectedMailbox
from postroom.log import get_logger
from postroom.mail.ids import message_id
from postroom.mailboxes.alive import alive_session
from postroom.mailboxes.failures import FolderNotFound, MailboxFailed, ServerRefused, UploadFailed
from postroom.mailboxes.places import find_listed, find_role, is_role
from postroom.mailboxes.uploading.upload import StoredMessage, Upload
from postroom.mailboxes.visit import MailVisit, TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.sessions.failures import SessionFailed
from postroom.words.strangers import take_in

__all__ = ["append_to", "store"]

log = get_logger("mailboxes")

_NO_FOLDER: Final = ("TRYCREATE", "NONEXISTENT")
_PERHAPS_NO_FOLDER: Final = ("CANNOT", "ServerRefused")
"""Codes of refusals about the folder or about anything else: Dovecot's for a name that no folder can have, and none."""

_LIMIT: Final = "APPENDLIMIT="
_LONGEST_NUMBER: Final = 20
_SPARE: Final = 0.2
"""Seconds that the look into the folder leaves of the time allowed, for the answer that the message is stored."""


async def store(
    visits: MailVisits, account: str, upload: Upload, message: bytes, id_: str, allowed: TimeAllowed
) -> StoredMessage:
    """Add a message, whose Message-ID is `id_`, to a folder.

    Raises FolderNotFound, UploadFailed, and what `MailVisits.session` raises. Nothing is raised once it is stored.
    """
    async with alive_session(visits, account, allowed) as visit:
        path, name, appended = await _append(visits, visit, upload, message)
        stored = StoredMessage(path) if appended is None else StoredMessage(path, appended.uid, appended.uidvalidity)
        try:
            async with asyncio.timeout(max(0.0, allowed.left - _SPARE)):
                stored = await _looked_up(visit, name, stored, id_)
        except (MailboxFailed, SessionFailed, LocalProtocolError, TimeoutError) as error:
            log.info("a stored message was not looked up", account=account, error=str(error) or "no time was left")
        return await _with_id(visits, visit, stored)


async def _looked_up(visit: MailVisit, name: MailboxName, stored: StoredMessage, id_: str) -> StoredMessage:
    """Return what the folder itself shows of the message: the UID if the server did not tell it, and the number."""
    opened = await visit.run(Select(name, read_only=True))
    if stored.uid is None:
        found = (await visit.run(Search(words(b"HEADER", b"Message-ID", encode.string(id_))))).uids
        # Of several messages with this Message-ID, ours is the newest.
        uid = found.max if found else None
        stored = replace(stored, uid=uid, uidvalidity=None if uid is None else opened.uidvalidity or 0)
    return replace(stored, seq=_number_of(stored, opened))


def _number_of(stored: StoredMessage, opened: SelectedMailbox) -> int | None:
    """Return the number of the message, which is known if it was the last one when the folder was opened."""
    is_last = stored.uid is not None and opened.uidnext == stored.uid + 1
    return opened.exists if is_last and opened.uidvalidity == stored.uidvalidity else None


async def _with_id(visits: MailVisits, visit: MailVisit, stored: StoredMessage) -> StoredMessage:
    if stored.uid is None:
        return stored
    try:
        number = await visits.number(visit, stored.path, stored.uidvalidity or 0)
    except (StorageFailed, AccountNotFound) as error:
        # The message is stored at the server, so this is no reason for an error.
        log.warning("an uploaded message has no id yet", account=visit.account, error=error.message)
        return stored
    return replace(stored, id=message_id(number, stored.uid))


async def _append(
    visits: MailVisits, visit: MailVisit, upload: Upload, message: bytes
) -> tuple[str, MailboxName, Appended | None]:
    """Add the message; return the folder's path and name on the wire, and what the server told."""
    path, name = await _target(visits, visit, upload.path)
    _check_size(visit.capabilities, len(message))
    try:
        name, appended = await append_to(
            visit, path, name, lambda found: Append(found, message, upload.flags, upload.internal_date)
        )
    except ServerRefused as refusal:
        raise _upload_failed(refusal) from refusal
    return path, name, appended


async def append_to(
    visit: MailVisit, path: str, name: MailboxName, command: Callable[[MailboxName], Append]
) -> tuple[MailboxName, Appended | None]:
    """Run the command that adds a message to a folder; return the name that the server took, and what it told.

    Raises FolderNotFound, ServerRefused and SessionFailed.
    """
    try:
        return name, await visit.run(command(name))
    except ServerRefused as refusal:
        if refusal.status != "NO" or refusal.code not in (*_NO_FOLDER, *_PERHAPS_NO_FOLDER):
            raise
        # The server may write the name in another way than the standard does. Only its list shows how.
        found = await find_listed(visit, path)
        if found.raw_name == (name if isinstance(name, bytes) else encode_mailbox(name)):
            if refusal.code in _PERHAPS_NO_FOLDER:
                raise
            raise FolderNotFound(path) from refusal
    return found.raw_name, await visit.run(command(found.raw_name))


def _check_size(capabilities: frozenset[str], size: int) -> None:
    """Refuse a message of this many octets if the server said before that it will (APPENDLIMIT, RFC 7889)."""
    for told in capabilities:
        limit = told.removeprefix(_LIMIT)
        if limit != told and limit.isascii() and limit.isdigit() and size > int(limit[:_LONGEST_NUMBER]):
            words = f"The mail server takes messages of at most {limit} octets, and this one has {size}"
            raise UploadFailed(words, "UploadFail", take_in(told), "NO", "APPEND")


async def _target(visits: MailVisits, visit: MailVisit, path: str) -> tuple[str, MailboxName]:
    """Return the path of the folder, and its name on the wire as far as it is known."""
    row = await visits.stored(visit, path)
    if row is not None:
        return row.path, row.path
    if is_role(path):
        found = await find_role(visit, path)
        return found.path, found.raw_name
    path = normalise_inbox(path)
    return path, path


def _upload_failed(refusal: ServerRefused) -> UploadFailed:
    return UploadFailed(refusal.message, "UploadFail", refusal.said, refusal.status, refusal.command)
