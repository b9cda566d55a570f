"""Finds a folder in the server's list: by its role, or by a path whose name on the wire is not the usual one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.imap.commands.list import list_mailboxes
from postroom.imap.names import encode_mailbox, is_inbox
from postroom.imap.paths import is_selectable
from postroom.imap.responses import ListData
from postroom.mail.folder import folders_by_path
from postroom.mail.roles import INBOX_ROLE, SPECIAL_USES, roles_of
from postroom.mailboxes.failures import FolderNotFound
from postroom.mailboxes.visit import MailVisit

__all__ = ["ListedFolder", "find_listed", "find_role", "is_role", "openable", "unlisted"]

_ROLES: Final = {role.lower(): role for role in (*SPECIAL_USES, INBOX_ROLE)}


@dataclass(frozen=True, slots=True)
class ListedFolder:
    """A folder of the server's list: its path, its name on the wire, its role, and whether it can be opened."""

    path: str
    raw_name: bytes
    role: str | None
    is_selectable: bool = True


def is_role(path: str) -> bool:
    r"""Whether a path is the alias of a role, such as `\Sent`, in any mix of cases."""
    return path.lower() in _ROLES


def unlisted(path: str) -> ListedFolder:
    """Return a folder that is known by its path alone."""
    return ListedFolder(path, encode_mailbox(path), INBOX_ROLE if is_inbox(path) else None)


async def find_role(visit: MailVisit, alias: str) -> ListedFolder:
    r"""Return the listed folder with a role. Raises FolderNotFound. INBOX always has the role `\Inbox`."""
    role = _ROLES[alias.lower()]
    found = next((each for each in await _listed(visit) if each.role == role), None)
    if found is None and role == INBOX_ROLE:
        return ListedFolder("INBOX", b"INBOX", INBOX_ROLE)
    if found is None:
        raise FolderNotFound(alias)
    return found


async def find_listed(visit: MailVisit, path: str) -> ListedFolder:
    """Return the listed folder with a path. Raises FolderNotFound, also when it cannot hold messages."""
    found = next((each for each in await _listed(visit) if each.path == path), None)
    if found is None or not found.is_selectable:
        raise FolderNotFound(path, is_empty_level=found is not None)
    return found


async def openable(visit: MailVisit) -> list[ListedFolder]:
    """Return the listed folders that can be opened, in the server's order."""
    folders = await _folders(visit)
    return [each for each in _with_roles(visit, folders) if is_selectable(folders[each.path].attributes)]


async def _listed(visit: MailVisit) -> list[ListedFolder]:
    return _with_roles(visit, await _folders(visit))


async def _folders(visit: MailVisit) -> dict[str, ListData]:
    listing = await visit.perform(list_mailboxes(visit.capabilities))
    return folders_by_path(listing.mailboxes)


def _with_roles(visit: MailVisit, folders: Mapping[str, ListData]) -> list[ListedFolder]:
    roles = roles_of(folders, visit.lent.settings.chosen_roles)
    return [
        ListedFolder(path, each.raw_name, roles[path].name if path in roles else None, is_selectable(each.attributes))
        for path, each in folders.items()
    ]
