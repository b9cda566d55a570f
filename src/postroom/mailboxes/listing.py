"""The folders of an account as the API lists them, read from the server."""

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

# Microseconds for one folder, about.
_COST: Final = 30


async def read_mailboxes(client: ImapClient, chosen: Mapping[str, str]) -> list[FolderObject]:
    """Return every folder the server lists, in the order of their paths; those that nobody can name are left out.

    `chosen` are the account's own choices, path by role. Of more than `MOST_FOLDERS` there are the first. Raises
    ConnectionFailed.
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
    """Open the inbox without changing anything; return how many messages are in it. Raises ConnectionFailed.

    Raises SignInRefused where a server says only now what it has against the sign-in, as NetEase and Exchange do.
    """
    try:
        return (await client.run(Select(b"INBOX", read_only=True))).exists
    except CommandFailed as refusal:
        raise failed(refusal, "select") from refusal
