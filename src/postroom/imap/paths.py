"""The path of each listed folder. No two folders share a path, even when their names look the same. Pure.

The path of a folder is its decoded name. Two names can decode to the same text, for example one in raw UTF-8 and one in
modified UTF-7. The name that follows RFC 3501 section 5.1.3 then gets that path. The paths of the others are their raw
names, with `&`, `%` and all octets outside printable ASCII written as `%XX`. This gives the same path every time.
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
    """Return the folders by path, in the server's order; a folder listed twice appears once.

    `known` are the paths that folders had before. A folder that got its raw name as path keeps it, even when the other
    name that looked the same has gone.
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
    """Whether the name is encoded as RFC 3501 prescribes. No two such names decode to the same text."""
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
    """Return the raw name in printable ASCII; different names give different texts."""
    return "".join(chr(each) if 0x20 <= each < 0x7F and each not in _ESCAPED else f"%{each:02X}" for each in raw_name)


def _owner(name: str, group: Sequence[ListData], known: Collection[str]) -> ListData | None:
    """The folder whose path is the decoded name; None when all candidates already had other paths."""
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
    """Each folder once, with the attributes of all its entries. INBOX is one folder in any case (RFC 3501 section 5.1).

    UW IMAP lists some folders twice: once by name, and once with a trailing delimiter as an unselectable place for
    children. Both entries are one folder.
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
