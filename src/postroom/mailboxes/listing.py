"""The folders of an account as the API lists them, read from the server."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from postroom.connections.clients.imap_client import ImapClient
from postroom.connections.failures import failed
from postroom.imap.commands.list import list_mailboxes
from postroom.imap.commands.select import Select
from postroom.imap.errors import CommandFailed
from postroom.imap.names import is_inbox
from postroom.imap.paths import is_usable, name_folders
from postroom.imap.responses import ListData
from postroom.tasks import aside

# RFC 6154 and RFC 8457.
_ROLES: Final = frozenset({"\\All", "\\Archive", "\\Drafts", "\\Flagged", "\\Important", "\\Junk", "\\Sent", "\\Trash"})
# Microseconds for one folder, about.
_COST: Final = 30


async def read_mailboxes(client: ImapClient) -> list[dict[str, Any]]:
    """Return every folder the server lists, in the order of their paths; those that nobody can name are left out.

    Of more than `MOST_FOLDERS` there are the first. Raises ConnectionFailed.
    """
    try:
        listing = await client.perform(list_mailboxes(client.capabilities))
    except CommandFailed as refusal:
        raise failed(refusal, "sync") from refusal
    mailboxes = listing.mailboxes
    return await aside(len(mailboxes) * _COST, lambda: _all_shown(mailboxes))


def _all_shown(mailboxes: Iterable[ListData]) -> list[dict[str, Any]]:
    named = name_folders([each for each in mailboxes if is_usable(each)])
    return [_shown(path, each) for path, each in sorted(named.items())]


async def open_inbox(client: ImapClient) -> int:
    """Open the inbox without changing anything; return how many messages are in it. Raises ConnectionFailed.

    Raises SignInRefused where a server says only now what it has against the sign-in, as NetEase and Exchange do.
    """
    try:
        return (await client.run(Select(b"INBOX", read_only=True))).exists
    except CommandFailed as refusal:
        raise failed(refusal, "select") from refusal


def _shown(path: str, listed: ListData) -> dict[str, Any]:
    parent, name = _split(path, listed.delimiter)
    shown: dict[str, Any] = {
        "path": path,
        "name": name,
        "delimiter": listed.delimiter,
        "parentPath": parent,
        "listed": "\\NonExistent" not in listed.attributes,
        "subscribed": "\\Subscribed" in listed.attributes,
        "noInferiors": "\\Noinferiors" in listed.attributes,
    }
    roles = sorted(_ROLES & listed.attributes)
    if is_inbox(listed.name):
        shown |= {"specialUse": "\\Inbox", "specialUseSource": "name"}
    elif roles:
        shown |= {"specialUse": roles[0], "specialUseSource": "extension"}
    return shown


def _split(path: str, delimiter: str | None) -> tuple[str, str]:
    if not delimiter or delimiter not in path:
        return "", path
    parent, _, name = path.rpartition(delimiter)
    return parent, name
