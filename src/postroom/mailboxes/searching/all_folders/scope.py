r"""Decides which folders a search without a path goes through.

All folders that can be opened, except Junk and Trash. On Gmail the folder `\All` alone has all other mail.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from postroom.imap.paths import is_selectable
from postroom.imap.responses import ListData
from postroom.mail.folder import folders_by_path
from postroom.mail.roles import roles_of
from postroom.mailboxes.places import ListedFolder

__all__ = ["scope"]

_LEFT_OUT: Final = frozenset({"\\Junk", "\\Trash"})
_FIRST: Final = ("\\Inbox", "\\Sent", "\\Archive", "\\All", "\\Drafts")
_VIRTUAL: Final = frozenset({"\\All", "\\Flagged"})


def scope(listed: Iterable[ListData], chosen: Mapping[str, str], *, is_gmail: bool) -> list[ListedFolder]:
    r"""Return the folders to search; those that people search most come first.

    `chosen` are the account's own choices of roles. Folders that show messages of other folders once more (`\All` and
    `\Flagged`) are left out, unless the server is Gmail.
    """
    folders = folders_by_path(listed)
    roles = {path: role.name for path, role in roles_of(folders, chosen).items()}
    if is_gmail and (whole := next((path for path, role in roles.items() if role == "\\All"), None)) is not None:
        return [ListedFolder(whole, folders[whole].raw_name, "\\All")]
    kept = [
        ListedFolder(path, each.raw_name, roles.get(path))
        for path, each in folders.items()
        if is_selectable(each.attributes) and roles.get(path) not in _LEFT_OUT | _VIRTUAL
    ]
    return sorted(kept, key=lambda each: _FIRST.index(each.role) if each.role in _FIRST else len(_FIRST))
