"""From a folder's name as callers send it to its path at the server: levels, delimiter and prefix. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from postroom.footprint.dataclass import dataclass
from postroom.imap.errors import LocalProtocolError
from postroom.imap.limits import LONGEST_NAME
from postroom.imap.names import encode_mailbox, is_inbox, normalise_inbox
from postroom.mailboxes.failures import InvalidFolder

__all__ = ["NameSpace", "moved_paths", "new_path"]


@dataclass(frozen=True, slots=True)
class NameSpace:
    """Where new folders go: the prefix of the caller's own folders, the delimiter, None if the server has no levels.

    `others` are the prefixes of shared folders and those of other users (RFC 2342).
    """

    prefix: str = ""
    delimiter: str | None = None
    others: tuple[str, ...] = ()


def new_path(name: str | Sequence[str], space: NameSpace, key: str) -> str:
    """Return the path for a new name: a path as listed, or its levels in order. A missing prefix is added.

    Raises InvalidFolder about the field `key`.
    """
    path = _joined(name, space.delimiter, key)
    if is_inbox(path):
        return normalise_inbox(path)
    own = [space.prefix] if space.prefix else []
    if not path.startswith(tuple(each for each in (*own, *space.others) if each)):
        path = space.prefix + path
    return _fit(path, space.delimiter, key)


def moved_paths(old: str, new: str, delimiter: str | None, listed: Sequence[str]) -> dict[str, str]:
    """Return the new path of a renamed folder, and those of all listed folders below it, by old path."""
    below = [path for path in listed if delimiter and path.startswith(old + delimiter)]
    return {old: new} | {path: new + path[len(old) :] for path in below}


def _joined(name: str | Sequence[str], delimiter: str | None, key: str) -> str:
    if isinstance(name, str):
        return name
    if len(name) > 1 and not delimiter:
        raise InvalidFolder(f'"{key}" has several levels, but the folders of this mail server have only one', key)
    within = next((level for level in name if delimiter and delimiter in level), None)
    if within is not None:
        words = f'"{key}" holds the level {within!r}, but {delimiter!r} separates levels on this mail server'
        raise InvalidFolder(words, key)
    return (delimiter or "").join(name)


def _fit(path: str, delimiter: str | None, key: str) -> str:
    """Return the path if a server can be asked for it."""
    levels = path.split(delimiter) if delimiter else [path]
    if not all(levels):
        raise InvalidFolder(
            f'"{key}" has an empty level: {path!r} begins or ends with {delimiter!r}, or doubles it', key
        )
    try:
        on_the_wire = len(encode_mailbox(path))
    except LocalProtocolError as error:
        raise InvalidFolder(f'"{key}" cannot be a folder: {error}', key) from error
    if max(on_the_wire, len(path.encode())) > LONGEST_NAME:
        raise InvalidFolder(f'"{key}" is too long: a folder\'s name has at most {LONGEST_NAME:,} octets', key)
    return path
