"""The folders of an account, read from the server in the form that the API lists them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from postroom.connections.clients.imap_client import ImapClient
from postroom.connections.failures import failed
from postroom.imap.commands.list import list_mailboxes
from postroom.imap.commands.select import Select
from postroom.imap.errors import CommandFailed
from postroom.imap.responses import ListData
from postroom.mail.folder import folder_object, folders_by_path
from postroom.mail.roles import roles_of
from postroom.mail.shapes import FolderObject
from postroom.tasks import aside

# Microseconds per folder, roughly.
_COST: Final = 30


async def read_mailboxes(client: ImapClient, chosen: Mapping[str, str]) -> list[FolderObject]:
    """Return the folders that the server lists, in order of path. Folders with unusable names are left out.

    `chosen` are the account's own choices, path by role. At most `MOST_FOLDERS` are returned. Raises ConnectionFailed.
    """
    try:
        listing = await client.perform(list_mailboxes(client.capabilities))
    except CommandFailed as refusal:
        raise failed(refusal, "sync") from refusal
    mailboxes = listing.mailboxes
    return await aside(len(mailboxes) * _COST, lambda: _all_shown(mailboxes, chosen))


def _all_shown(mailboxes: Iterable[ListData], chosen: Mapping[str, str]) -> list[FolderObject]:
    folders = folders_by_path(mailboxes)
    roles = roles_of(folders, chosen)
    return [
        folder_object(path, each.delimiter, each.attributes, roles.get(path)) for path, each in sorted(folders.items())
    ]


async def open_inbox(client: ImapClient) -> int:
    """Open the inbox read-only; return the number of messages in it. Raises ConnectionFailed.

    Raises SignInRefused if the server refuses the sign-in only at this point, as NetEase and Exchange do.
    """
    try:
        return (await client.run(Select(b"INBOX", read_only=True))).exists
    except CommandFailed as refusal:
        raise failed(refusal, "select") from refusal
