"""Adds a message to a folder by APPEND, and finds the UID it was given."""

from __future__ import annotations

from dataclasses import dataclass

from postroom.errors import StorageFailed
from postroom.imap import encode
from postroom.imap.commands.append import Append, Appended
from postroom.imap.commands.arguments import MailboxName, words
from postroom.imap.commands.search import Search
from postroom.imap.names import encode_mailbox, normalise_inbox
from postroom.log import get_logger
from postroom.mail.ids import message_id
from postroom.mailboxes.alive import alive_session
from postroom.mailboxes.failures import FolderNotFound, MailboxFailed, ServerRefused, UploadFailed
from postroom.mailboxes.places import find_listed, find_role, is_role
from postroom.mailboxes.uploading.upload import Upload
from postroom.mailboxes.visit import MailVisit, TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.sessions.failures import SessionFailed

__all__ = ["AppendedTo", "StoredMessage", "find_stored", "store"]

log = get_logger("mailboxes")

_NO_FOLDER = ("TRYCREATE", "NONEXISTENT")


@dataclass(frozen=True, slots=True)
class AppendedTo:
    """Where a message went: the folder, and what the server told of the message, None if it told nothing."""

    path: str
    appended: Appended | None


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """The UID of a message, and its id."""

    uid: int
    uidvalidity: int
    id: str


async def store(
    visits: MailVisits, account: str, upload: Upload, message: bytes, allowed: TimeAllowed
) -> tuple[AppendedTo, StoredMessage | None]:
    """Add a message to a folder. What is stored of it is None when only a search could tell its UID.

    Raises FolderNotFound, UploadFailed, and what `MailVisits.session` raises.
    """
    async with alive_session(visits, account, allowed) as visit:
        place = await _append(visits, visit, upload, message)
        if place.appended is None:
            return place, None
        return place, await _numbered(visits, visit, place.path, place.appended)


async def find_stored(
    visits: MailVisits, account: str, path: str, id_: str, allowed: TimeAllowed
) -> StoredMessage | None:
    """Return the newest message of a folder with a Message-ID. The message is stored in any case: nothing is raised."""
    try:
        async with visits.folder(account, path, allowed) as folder:
            found = await folder.run(Search(words(b"HEADER", b"Message-ID", encode.astring(id_))))
            if not found.uids:
                return None
            uid = found.uids.max
            return (
                None
                if uid is None
                else StoredMessage(uid, folder.opened.uidvalidity or 0, message_id(folder.number, uid))
            )
    except (MailboxFailed, SessionFailed, StorageFailed) as error:
        log.info("the UID of an uploaded message is not known", account=account, reason=error.message)
        return None


async def _append(visits: MailVisits, visit: MailVisit, upload: Upload, message: bytes) -> AppendedTo:
    path, name = await _target(visits, visit, upload.path)
    try:
        return AppendedTo(path, await visit.run(_command(name, upload, message)))
    except ServerRefused as refusal:
        if refusal.code not in _NO_FOLDER:
            raise _upload_failed(refusal) from refusal
    # The server may write the name in another way than the standard does. Only its list shows how.
    found = await find_listed(visit, path)
    if found.raw_name == (name if isinstance(name, bytes) else encode_mailbox(name)):
        raise FolderNotFound(upload.path)
    try:
        return AppendedTo(path, await visit.run(_command(found.raw_name, upload, message)))
    except ServerRefused as refusal:
        raise _upload_failed(refusal) from refusal


def _command(name: MailboxName, upload: Upload, message: bytes) -> Append:
    return Append(name, message, upload.flags, upload.internal_date)


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


async def _numbered(visits: MailVisits, visit: MailVisit, path: str, appended: Appended) -> StoredMessage | None:
    try:
        number = await visits.number(visit, path, appended.uidvalidity)
    except StorageFailed as error:
        # The message is stored at the server, so this is no reason for an error.
        log.warning("an uploaded message has no id yet", account=visit.account, error=error.message)
        return None
    return StoredMessage(appended.uid, appended.uidvalidity, message_id(number, appended.uid))


def _upload_failed(refusal: ServerRefused) -> UploadFailed:
    return UploadFailed(refusal.message, "UploadFail", refusal.said, refusal.status, refusal.command)
