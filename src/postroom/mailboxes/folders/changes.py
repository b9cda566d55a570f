"""The commands that change folders at the server: create, rename, subscribe, delete."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Final, TypeVar

from postroom.footprint.dataclass import dataclass
from postroom.imap.commands.arguments import MailboxName
from postroom.imap.commands.mailbox import Create, delete_mailbox, rename_mailbox, subscribe, unsubscribe
from postroom.imap.commands.status import Status
from postroom.imap.paths import is_selectable
from postroom.mailboxes.failures import FolderRefused, InvalidFolder, ServerRefused
from postroom.mailboxes.folders.landscape import Landscape
from postroom.mailboxes.visit import MailVisit

__all__ = ["Created", "create_folder", "delete_folder", "mailbox_id", "rename_folder", "subscribe_folder"]

T = TypeVar("T")

_NO_CODE: Final = "ServerRefused"
_EXISTS: Final = "ALREADYEXISTS"


@dataclass(frozen=True, slots=True)
class Created:
    """A folder that is there now. `created` is False if it was there before, `subscribed` None if nobody asked."""

    path: str
    created: bool
    mailbox_id: str | None
    subscribed: bool | None


async def create_folder(visit: MailVisit, there: Landscape, path: str, *, subscribed: bool | None) -> Created:
    """Create a folder; subscribe to it, unless `subscribed` is False. A folder that is there already stays as it is.

    Raises FolderRefused and SessionFailed.
    """
    listed = there.folders.get(path)
    if listed is not None and is_selectable(listed.attributes):
        return await _as_it_is(visit, path, listed.raw_name, subscribed)
    name: MailboxName = path if listed is None else listed.raw_name
    try:
        object_id = await visit.run(Create(name))
    except ServerRefused as refusal:
        if refusal.code == _EXISTS:
            return await _as_it_is(visit, path, name, subscribed)
        raise _folder_refused(refusal, "CreateFailed") from refusal
    is_subscribed = await _try_to_subscribe(visit, name) if subscribed is not False else False
    return Created(path, True, object_id or await mailbox_id(visit, name), is_subscribed)


async def _as_it_is(visit: MailVisit, path: str, name: MailboxName, subscribed: bool | None) -> Created:
    done = await _try_to_subscribe(visit, name) if subscribed else None
    return Created(path, False, await mailbox_id(visit, name), done)


async def _try_to_subscribe(visit: MailVisit, name: MailboxName) -> bool:
    """Subscribe to a folder. The answer says whether that worked: the folder itself is there in any case."""
    try:
        await visit.run(subscribe(name))
    except ServerRefused:
        return False
    return True


async def rename_folder(visit: MailVisit, there: Landscape, path: str, new: str) -> None:
    """Rename a listed folder and all below it. Raises InvalidFolder for INBOX, FolderRefused and SessionFailed."""
    _spare_inbox(path, "renamed", "path")
    _spare_inbox(new, "replaced", "newPath")
    await _demand(visit.run(rename_mailbox(there.folders[path].raw_name, new)), "RenameFailed")


async def subscribe_folder(visit: MailVisit, name: MailboxName, *, subscribed: bool) -> None:
    """Subscribe to a folder, or end its subscription. Raises FolderRefused and SessionFailed."""
    await _demand(visit.run(subscribe(name) if subscribed else unsubscribe(name)), "SubscribeFailed")


async def delete_folder(visit: MailVisit, there: Landscape, path: str) -> None:
    """Delete a listed folder and end its subscription. Raises InvalidFolder for INBOX, FolderRefused, SessionFailed."""
    _spare_inbox(path, "deleted", "path")
    listed = there.folders[path]
    await _demand(visit.run(delete_mailbox(listed.raw_name)), "DeleteFailed")
    if "\\Subscribed" in listed.attributes:
        try:
            await visit.run(unsubscribe(listed.raw_name))
        except ServerRefused:
            # Some servers end it themselves, and then know no such subscription.
            return


async def mailbox_id(visit: MailVisit, name: MailboxName) -> str | None:
    """Return the server's id of a folder (RFC 8474), None when it has none. Raises SessionFailed."""
    if "OBJECTID" not in visit.capabilities:
        return None
    try:
        return (await visit.run(Status(name, ("MAILBOXID",)))).mailbox_id
    except ServerRefused:
        return None


def _spare_inbox(path: str, done: str, key: str) -> None:
    if path == "INBOX":
        raise InvalidFolder(f"INBOX cannot be {done}: every account has it", key)


async def _demand(work: Awaitable[T], code: str) -> T:
    try:
        return await work
    except ServerRefused as refusal:
        raise _folder_refused(refusal, code) from refusal


def _folder_refused(refusal: ServerRefused, code: str) -> FolderRefused:
    """Return the error with the server's own code, or with `code` if it gave none."""
    code = code if refusal.code == _NO_CODE else refusal.code
    return FolderRefused(refusal.message, code, refusal.said, refusal.status, refusal.command)
