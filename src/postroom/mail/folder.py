"""The folder object of listings, made from LIST responses, and the choice of folders that callers see. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from postroom.imap.limits import LONGEST_NAME
from postroom.imap.names import split
from postroom.imap.paths import is_selectable, is_usable, name_folders
from postroom.imap.responses import ListData
from postroom.mail.roles import Role
from postroom.mail.shapes import FolderObject


def folders_by_path(listed: Iterable[ListData], known: Collection[str] = ()) -> dict[str, ListData]:
    """Return the folders by path, in the server's order. Folders whose name cannot be sent or stored are left out.

    `known` are the stored paths, see `imap.paths`.
    """
    folders = name_folders([each for each in listed if is_usable(each)], known)
    return {path: each for path, each in folders.items() if path.isascii() or len(path.encode()) <= LONGEST_NAME}


def can_be_opened(attributes: Collection[str]) -> bool:
    """Whether a folder with these attributes holds messages, and is not only a level above other folders."""
    return is_selectable(attributes)


def leaf(path: str, delimiter: str | None) -> str:
    """Return the last level of a path."""
    levels = split(path, delimiter)
    return levels[-1] if levels else path


def parent(path: str, delimiter: str | None) -> str:
    """Return the path without its last level, empty at the top."""
    return path.rstrip(delimiter).rpartition(delimiter)[0] if delimiter else ""


def folder_object(path: str, delimiter: str | None, attributes: Collection[str], role: Role | None) -> FolderObject:
    """Return the folder object of listings. `attributes` are spelled as in the RFC, the way `ListData` has them."""
    shown: FolderObject = {
        "path": path,
        "name": leaf(path, delimiter),
        "delimiter": delimiter,
        "parentPath": parent(path, delimiter),
        "listed": "\\NonExistent" not in attributes,
        "subscribed": "\\Subscribed" in attributes,
        "noInferiors": "\\Noinferiors" in attributes,
    }
    if not is_selectable(attributes):
        shown["noSelect"] = True
    if role is not None:
        shown["specialUse"] = role.name
        shown["specialUseSource"] = role.source
    return shown
