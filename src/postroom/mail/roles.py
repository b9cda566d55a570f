r"""Which folder has which role (`\Sent`, `\Trash`), and where the role comes from. Pure.

The sync, the events and every list of folders use these roles. `role_names` has the well-known names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.imap.names import is_inbox, normalise_inbox, split
from postroom.imap.paths import is_selectable
from postroom.imap.responses import ListData
from postroom.mail.role_names import ROLE_NAMES
from postroom.mail.shapes import RoleSource

SPECIAL_USES: Final = ("\\All", "\\Archive", "\\Drafts", "\\Flagged", "\\Junk", "\\Sent", "\\Trash")
INBOX_ROLE: Final = "\\Inbox"

# XLIST and Gmail use other names for some roles.
_OTHER_SPELLINGS: Final = {"\\allmail": "\\All", "\\spam": "\\Junk", "\\starred": "\\Flagged"}
_BY_ATTRIBUTE: Final = {role.lower(): role for role in SPECIAL_USES} | _OTHER_SPELLINGS
# The rank of each name for its role; the lowest rank wins.
_RANKS: Final = {role: {name.casefold(): rank for rank, name in enumerate(names)} for role, names in ROLE_NAMES.items()}

Listed = tuple[str, str | None, Iterable[str]]
"""A folder as the server lists it: path, delimiter, attributes."""


@dataclass(frozen=True, slots=True)
class Role:
    r"""The role of one folder, for example `\Sent`, and its source."""

    name: str
    source: RoleSource


def roles_of(folders: Mapping[str, ListData], chosen: Mapping[str, str]) -> dict[str, Role]:
    """Return the roles of listed folders by path, as `assign_roles` does."""
    return assign_roles(((path, each.delimiter, each.attributes) for path, each in folders.items()), chosen)


def assign_roles(folders: Iterable[Listed], chosen: Mapping[str, str]) -> dict[str, Role]:
    r"""Return the roles by path. Each role goes to one folder at most, and each folder has one at most.

    `chosen` are the account's own choices, path by role. They come first, then the server's attributes (RFC 6154,
    XLIST), then well-known names. INBOX always is `\Inbox`.
    """
    listed = sorted(folders, key=lambda each: (len(split(each[0], each[1])), each[0]))
    given = _Given({path for path, _, attributes in listed if is_selectable(attributes)})
    for path, _, _ in listed:
        if is_inbox(path):
            given.inbox(path)
    for role, path in chosen.items():
        given.give(path, role, "user")
    for path, _, attributes in listed:
        for attribute in sorted(attributes):
            if attribute.lower() in _BY_ATTRIBUTE:
                given.give(path, _BY_ATTRIBUTE[attribute.lower()], "extension")
    names = _names_near_the_top(listed)
    for role, ranks in _RANKS.items():
        for _, path in sorted((ranks[name], path) for name, paths in names.items() if name in ranks for path in paths):
            given.give(path, role, "name")
    return given.roles


class _Given:
    """The roles assigned so far, by path. The first folder to ask for a role gets it."""

    __slots__ = ("_free", "_taken", "roles")

    def __init__(self, free: set[str]) -> None:
        self.roles: dict[str, Role] = {}
        self._free = free
        self._taken: set[str] = set()

    def inbox(self, path: str) -> None:
        self.roles[path] = Role(INBOX_ROLE, "name")
        self._free.discard(path)

    def give(self, path: str, role: str, source: RoleSource) -> None:
        if path in self._free and role not in self._taken:
            self.roles[path] = Role(role, source)
            self._free.discard(path)
            self._taken.add(role)


def _names_near_the_top(listed: Sequence[Listed]) -> dict[str, list[str]]:
    """Return the folders at the top or directly below INBOX, by their own names without case."""
    found: dict[str, list[str]] = {}
    for path, delimiter, _ in listed:
        levels = split(path, delimiter)
        if len(levels) == 1 or (len(levels) == 2 and is_inbox(levels[0])):
            found.setdefault(levels[-1].casefold(), []).append(path)
    return found


def named(folders: Sequence[tuple[str, str | None]], names: Iterable[str]) -> dict[str, str]:
    r"""Return the path that each name, of a folder or of a role such as `\Sent`, stands for.

    `folders` are (path, role). Names that match none of them are left out.
    """
    paths = {path: path for path, _ in folders} | {role: path for path, role in reversed(folders) if role}
    return {each: paths[normalise_inbox(each)] for each in names if normalise_inbox(each) in paths}
