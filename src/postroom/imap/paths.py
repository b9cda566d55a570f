"""The paths of folders: every listed folder gets one of its own, also where the names of two read alike. Pure.

The path of a folder is its decoded name. Where two names decode to the same text (one in raw UTF-8 and one in modified
UTF-7, say), the one that is written by the rules of RFC 3501 section 5.1.3 has that path. The others are shown as the
server writes them, with the octets that are no printable ASCII, `&` and `%` as `%XX`: that is the same every time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Final

from postroom.imap.errors import LocalProtocolError
from postroom.imap.limits import LONGEST_NAME
from postroom.imap.names import encode_mailbox, is_inbox, normalise_inbox
from postroom.imap.responses import ListData

_UNSELECTABLE: Final = frozenset({"\\noselect", "\\nonexistent"})
_ESCAPED: Final = b"&%"
_UNUSABLE: Final = frozenset(b"\r\n\0")


def name_folders(listed: Sequence[ListData], known: Collection[str] = ()) -> dict[str, ListData]:
    """Return the folders by path, in the server's order; what is listed twice is one folder.

    `known` are the paths that folders had before: one that had to be shown as it is written stays so, also when no
    other name reads alike any more.
    """
    alike: dict[str, list[ListData]] = {}
    for each in _once_each(listed):
        alike.setdefault(normalise_inbox(each.name), []).append(each)
    paths: dict[bytes, str] = {}
    taken = set(alike)
    for name, group in alike.items():
        owner = _owner(name, group, known)
        for each in sorted(group, key=lambda folder: folder.raw_name):
            paths[each.raw_name] = name if each is owner else _apart(each.raw_name, taken)
            taken.add(paths[each.raw_name])
    return {paths[each.raw_name]: each for group in alike.values() for each in group}


def is_regular(folder: ListData) -> bool:
    """Whether the server writes the folder's name as RFC 3501 has it, so that no other name can read like it."""
    if is_inbox(folder.name):
        return True
    try:
        return encode_mailbox(folder.name) == folder.raw_name
    except LocalProtocolError:
        return False


def is_usable(folder: ListData) -> bool:
    """Whether the folder's name can be sent back to the server and stored: no line break, no NUL, not too long."""
    name = folder.raw_name
    if not 0 < len(name) <= LONGEST_NAME or not _UNUSABLE.isdisjoint(name):
        return False
    return name.isascii() or len(folder.name.encode()) <= LONGEST_NAME


def is_selectable(attributes: Iterable[str]) -> bool:
    """Whether the server says, by these attributes, that the folder can be opened."""
    return _UNSELECTABLE.isdisjoint(each.lower() for each in attributes)


def as_written(raw_name: bytes) -> str:
    """Return a name as the server writes it, in printable ASCII; no two names give the same text."""
    return "".join(chr(each) if 0x20 <= each < 0x7F and each not in _ESCAPED else f"%{each:02X}" for each in raw_name)


def _owner(name: str, group: Sequence[ListData], known: Collection[str]) -> ListData | None:
    """The folder whose path is the decoded name; None when those that are left have had other paths for long."""
    regular = [each for each in group if is_regular(each)]
    if regular:
        return regular[0]
    others = sorted(group, key=lambda folder: folder.raw_name)
    return next((each for each in others if as_written(each.raw_name) not in known), None)


def _apart(raw_name: bytes, taken: Collection[str]) -> str:
    path = as_written(raw_name)
    while path in taken:
        path += "%"
    return path


def _once_each(listed: Sequence[ListData]) -> list[ListData]:
    """Each folder once, with all that is said of it. INBOX is one folder in whatever letters (RFC 3501 section 5.1).

    A name that only adds a delimiter to that of another folder, and cannot be opened, is the same folder as a place
    for others: UW IMAP lists both.
    """
    found: dict[bytes, ListData] = {}
    for each in listed:
        key = b"INBOX" if is_inbox(each.name) else each.raw_name
        before = found.get(key)
        found[key] = each if before is None else _together(before, each)
    return [each for key, each in found.items() if not _is_place(each, found)]


def _together(first: ListData, second: ListData) -> ListData:
    attributes = first.attributes | second.attributes
    if is_selectable(first.attributes) or is_selectable(second.attributes):
        attributes = frozenset(each for each in attributes if each.lower() not in _UNSELECTABLE)
    return replace(first, attributes=attributes)


def _is_place(folder: ListData, found: dict[bytes, ListData]) -> bool:
    if not folder.delimiter or is_selectable(folder.attributes):
        return False
    bare = folder.raw_name.removesuffix(folder.delimiter.encode())
    return bare != folder.raw_name and (b"INBOX" if bare.upper() == b"INBOX" else bare) in found
