"""The stored folders of an account as callers see them, for times when the server cannot be asked."""

from __future__ import annotations

from collections.abc import Iterable

from postroom.folders.store import FolderRow
from postroom.mail.folder import folder_object
from postroom.mail.roles import assign_roles
from postroom.mail.shapes import FolderObject

__all__ = ["stored_list"]


def stored_list(rows: Iterable[FolderRow], chosen: dict[str, str]) -> list[FolderObject]:
    """Return the folder objects of stored rows, in their order. `chosen` are the account's roles: path by role."""
    kept = list(rows)
    roles = assign_roles(((row.path, row.delimiter, row.attributes) for row in kept), chosen)
    shown = []
    for row in kept:
        folder = folder_object(row.path, row.delimiter, row.attributes, roles.get(row.path))
        if row.object_id is not None:
            folder["id"] = row.object_id
        if row.messages is not None:
            folder["messages"] = row.messages
        if row.uidnext is not None:
            folder["uidNext"] = row.uidnext
        shown.append(folder)
    return shown
