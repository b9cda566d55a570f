r"""Which folders there are, what each is for, which of them are watched, and what changed about them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from postroom.imap.names import is_inbox, normalise_inbox, split
from postroom.mail.role_names import ROLE_NAMES
from postroom.sync.folder.plan import Told

SPECIAL_USES: Final = ("\\All", "\\Archive", "\\Drafts", "\\Flagged", "\\Junk", "\\Sent", "\\Trash")
INBOX_ROLE: Final = "\\Inbox"
_UNSELECTABLE: Final = frozenset({"\\noselect", "\\nonexistent"})
# Gmail's other folders are views of these three.
_GMAIL_WATCHED: Final = ("\\All", "\\Junk", "\\Trash")
# XLIST and Gmail have names of their own for some roles.
_OTHER_SPELLINGS: Final = {"\\allmail": "\\All", "\\spam": "\\Junk", "\\starred": "\\Flagged"}
_BY_ATTRIBUTE: Final = {role.lower(): role for role in SPECIAL_USES} | _OTHER_SPELLINGS
# How good each name is for its role: the smaller, the better.
_RANKS: Final = {role: {name.casefold(): rank for rank, name in enumerate(names)} for role, names in ROLE_NAMES.items()}


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder as the server lists it. `raw_name` is what the server wants back; `told` its counters, if any.

    `is_assumed`: it has not been listed on this connection, so that its name is written as the rules have it, and may
    be that of another folder.
    """

    path: str
    raw_name: bytes | str
    delimiter: str | None = None
    attributes: tuple[str, ...] = ()
    special_use: str | None = None
    object_id: str | None = None
    told: Told | None = None
    is_assumed: bool = False

    @property
    def is_selectable(self) -> bool:
        """Whether the server says it can be opened."""
        return _UNSELECTABLE.isdisjoint(each.lower() for each in self.attributes)


def leaf(path: str, delimiter: str | None) -> str:
    """Return the last level of a path."""
    levels = split(path, delimiter)
    return levels[-1] if levels else path


def assign_roles(folders: Iterable[tuple[str, str | None, Iterable[str]]], chosen: Mapping[str, str]) -> dict[str, str]:
    r"""Return the roles by path; each role goes to one folder at most, each folder has one at most.

    `folders` are (path, delimiter, attributes) as listed. `chosen` are the account's own choices, path by role. They
    come first, then what the server says (RFC 6154, XLIST), then well-known names. INBOX always is `\Inbox`.
    """
    listed = sorted(folders, key=lambda each: (len(split(each[0], each[1])), each[0]))
    roles = {path: INBOX_ROLE for path, _, _ in listed if is_inbox(path)}
    free = {path for path, _, attributes in listed if path not in roles and _selectable(attributes)}

    def give(path: str, role: str) -> None:
        if path in free and role not in roles.values():
            roles[path] = role
            free.discard(path)

    for role, path in chosen.items():
        give(path, role)
    for path, _, attributes in listed:
        for attribute in sorted(attributes):
            if attribute.lower() in _BY_ATTRIBUTE:
                give(path, _BY_ATTRIBUTE[attribute.lower()])
    names = _names_near_the_top(listed)
    for role, ranks in _RANKS.items():
        for _, path in sorted((ranks[name], path) for name, paths in names.items() if name in ranks for path in paths):
            give(path, role)
    return roles


def _selectable(attributes: Iterable[str]) -> bool:
    return _UNSELECTABLE.isdisjoint(each.lower() for each in attributes)


def _names_near_the_top(listed: Sequence[tuple[str, str | None, Iterable[str]]]) -> dict[str, list[str]]:
    """The folders at the top or directly below INBOX, by their own names without case."""
    found: dict[str, list[str]] = {}
    for path, delimiter, _ in listed:
        levels = split(path, delimiter)
        if len(levels) == 1 or (len(levels) == 2 and is_inbox(levels[0])):
            found.setdefault(levels[-1].casefold(), []).append(path)
    return found


def named(folders: Sequence[tuple[str, str | None]], names: Iterable[str]) -> dict[str, str]:
    r"""Return what each name stands for, of a folder or of a role such as `\Sent`: its path.

    `folders` are (path, role). Names that stand for none of them are left out.
    """
    paths = {path: path for path, _ in folders} | {role: path for path, role in reversed(folders) if role}
    return {each: paths[normalise_inbox(each)] for each in names if normalise_inbox(each) in paths}


def watched(
    folders: Sequence[tuple[str, str | None]], wanted: Sequence[str], apart: Sequence[str] = (), *, gmail: bool
) -> list[str]:
    r"""Return the paths to watch, the main folder first, the others in the order given.

    `folders` are (path, role) of those that can be opened. `wanted` is the account's `path`: folder names or roles such
    as `\Sent`; empty or `*` means all. `apart` are its `subconnections`: whoever asks for a connection for a folder
    wants to hear of it, whatever `path` says. Gmail has every message in All Mail, Spam or Trash, so these are enough.
    """
    is_restricted = bool(wanted) and "*" not in wanted
    chosen = list(named(folders, [*wanted, *apart]).values()) if is_restricted else []
    paths = [path for path, _ in folders]
    of_gmail = named(folders, _GMAIL_WATCHED) if gmail else {}
    if "\\All" in of_gmail:
        return [path for path in of_gmail.values() if path in chosen] or list(of_gmail.values())
    if is_restricted:
        paths = [path for path in paths if path in chosen] or ["INBOX"]
    main = "INBOX" if "INBOX" in paths or not paths else (chosen or paths)[0]
    return [main, *(path for path in paths if path != main)]


def unknown(folders: Sequence[tuple[str, str | None]], names: Sequence[str]) -> list[str]:
    """Return those of the names that stand for none of the folders (path, role)."""
    known = {"*", *named(folders, names)}
    return [each for each in dict.fromkeys(names) if each not in known]


@dataclass(frozen=True, slots=True)
class Differences:
    """What a new list of folders says that the stored one does not; `renamed` are (old path, new path)."""

    new: tuple[str, ...]
    gone: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]


def compare(stored: Mapping[str, str | None], listed: Mapping[str, str | None]) -> Differences:
    """Compare folders by path and, where the server has them, by their object ids (RFC 8474), which outlive renames.

    Both arguments are object ids by path. INBOX is never gone: some servers do not list it.
    """
    gone = [path for path in stored if path not in listed and not is_inbox(path)]
    new = [path for path in listed if path not in stored]
    by_id = {listed[path]: path for path in new if listed[path]}
    renamed = tuple((path, by_id[stored[path]]) for path in gone if stored[path] in by_id)
    moved_from, moved_to = {old for old, _ in renamed}, {path for _, path in renamed}
    return Differences(
        tuple(path for path in new if path not in moved_to),
        tuple(path for path in gone if path not in moved_from),
        renamed,
    )
