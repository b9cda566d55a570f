"""What a list of folders means: each folder's path, role and counters, and which folders are left out. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final

from postroom.accounts.known.sync_told import LeftOut
from postroom.footprint.dataclass import dataclass
from postroom.imap.commands.list import Listing
from postroom.imap.names import is_inbox, normalise_inbox
from postroom.imap.paths import as_written, is_selectable, is_usable
from postroom.imap.responses import ListData
from postroom.mail.folder import folders_by_path
from postroom.mail.roles import Role, roles_of
from postroom.sync.folder.plan import Told
from postroom.sync.news import told_by_status

# These attributes describe a folder's state at the moment, not its nature.
_PASSING: Final = frozenset({"\\marked", "\\unmarked"})
_MOST_ATTRIBUTES: Final = 30
_LONGEST_ATTRIBUTE: Final = 100
_LONGEST_ID: Final = 255
_NAMES_SHOWN: Final = 10
_LONGEST_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder as the server lists it. `raw_name` is its name on the wire; `told` its counters, if any.

    `is_assumed` means that this connection has not listed the folder. Its wire name is then derived from its path, and
    may belong to another folder.
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
        """Whether the folder can be opened, according to its attributes."""
        return is_selectable(self.attributes)


@lru_cache(maxsize=1024)
def shared(folder: Folder) -> Folder:
    """Return one object for equal folders: thousands of accounts of a server have the same few."""
    return folder


@dataclass(frozen=True, slots=True)
class Understood:
    """The folders by path, and the paths by name on the wire. `apart`: the name by path where the two differ.

    `left_out` is None when nothing is left out.
    """

    folders: dict[str, Folder]
    paths: dict[bytes, str]
    apart: dict[str, str]
    left_out: LeftOut | None


def understand(listing: Listing, known: Collection[str], chosen: Mapping[str, str]) -> Understood:
    """Return what the list means. `known` are the stored paths, `chosen` the roles that the account's settings set."""
    listed = folders_by_path(listing.mailboxes, known)
    roles = roles_of(listed, chosen)
    folders = {each.path: each for each in (_folder(path, each, roles.get(path)) for path, each in listed.items())}
    paths = {each.raw_name: folders[path].path for path, each in listed.items()}
    for status in listing.counters:
        at = "INBOX" if is_inbox(status.name) else paths.get(status.raw_name)
        if at in folders:
            folders[at] = replace(folders[at], told=told_by_status(status), object_id=_object_id(status.mailbox_id))
    apart = {path: name for path, each in listed.items() if (name := normalise_inbox(each.name)) != path}
    return Understood(folders, paths, apart, _left_out(listing))


def _folder(path: str, listed: ListData, role: Role | None) -> Folder:
    attributes = (each for each in listed.attributes if each.lower() not in _PASSING)
    kept = sorted(each for each in attributes if len(each) <= _LONGEST_ATTRIBUTE)[:_MOST_ATTRIBUTES]
    return shared(Folder(path, listed.raw_name, listed.delimiter, tuple(kept), role.name if role is not None else None))


def _object_id(told: str | None) -> str | None:
    """RFC 8474 section 4: at most 255 characters."""
    return told if told is not None and len(told) <= _LONGEST_ID else None


def _left_out(listing: Listing) -> LeftOut | None:
    unusable = [each.raw_name for each in listing.mailboxes if each.raw_name and not is_usable(each)]
    if not unusable and not listing.left_out:
        return None
    return LeftOut(len(unusable), listing.left_out, tuple(_shown(unusable[:_NAMES_SHOWN])))


def _shown(names: Iterable[bytes]) -> Iterable[str]:
    return (as_written(name[:_LONGEST_SHOWN]) for name in names)
