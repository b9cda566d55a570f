"""Messages and folders as lines for people. All of it is words of strangers, made fit to be shown. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Final

from postroom.clock import from_iso
from postroom.footprint.dataclass import dataclass
from postroom.mail.shapes import AddressObject, AttachmentObject, FolderObject, MessageObject
from postroom.streaming.downloads.safe_headers import safe_name
from postroom.web.dashboard.mail.paths import attachment_path, message_path
from postroom.web.dashboard.mail.wish import MailWish
from postroom.words.strangers import take_in

__all__ = [
    "FileLine",
    "FolderLine",
    "MessageLine",
    "file_line",
    "folder_lines",
    "header_lines",
    "message_line",
    "people",
    "person",
    "size_words",
    "time_of",
]

_SUBJECT: Final = 400
_NAME: Final = 200
_MOST_PEOPLE: Final = 50
_MOST_HEADERS: Final = 200
_UNNAMED: Final = "(no name)"
_KIB: Final = 1024


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One message of a list. `people` are its sender; of a message that the account sent, its recipients."""

    href: str
    people: str
    subject: str
    at: int | None
    unseen: bool
    answered: bool
    flagged: bool
    draft: bool
    files: int


@dataclass(frozen=True, slots=True)
class FolderLine:
    """One folder. `role` is `Sent`, `Trash` and so on. `depth` counts the folders above it."""

    name: str
    path: str
    href: str
    role: str
    depth: int
    can_open: bool
    is_here: bool


@dataclass(frozen=True, slots=True)
class FileLine:
    """One attachment."""

    name: str
    kind: str
    size: str
    href: str


def message_line(account: str, message: MessageObject, *, by_recipients: bool = False) -> MessageLine:
    """Return the line of a message."""
    sender = message.get("from")
    files = [each for each in message.get("attachments", ()) if not each["embedded"]]
    shown = people(message.get("to", ()), most=3) if by_recipients else ""
    return MessageLine(
        href=message_path(account, message["id"]),
        people=shown or (person(sender, brief=True) if sender else ""),
        subject=take_in(message.get("subject", ""), longest=_SUBJECT),
        at=time_of(message),
        unseen=message.get("unseen", False),
        answered=message.get("answered", False),
        flagged=message.get("flagged", False),
        draft=message.get("draft", False),
        files=len(files),
    )


def time_of(message: MessageObject) -> int | None:
    """Return the time of a message in milliseconds since 1970, None when the server told none."""
    try:
        return from_iso(message.get("date", ""))
    except ValueError:
        return None


def person(address: AddressObject, *, brief: bool = False) -> str:
    """Return `Name <address>`, or one of them if there is no other; `brief` is the name alone where there is one."""
    name, mail = take_in(address["name"], longest=_NAME), take_in(address["address"], longest=_NAME)
    if not name or not mail:
        return name or mail
    return name if brief else f"{name} <{mail}>"


def people(addresses: Sequence[AddressObject], *, most: int = _MOST_PEOPLE) -> str:
    """Return the first of these people, and how many more there are."""
    shown = ", ".join(each for each in map(person, addresses[:most]) if each)
    more = len(addresses) - most
    return f"{shown} and {more} more" if more > 0 else shown


def file_line(account: str, file: AttachmentObject) -> FileLine:
    """Return the line of an attachment. What is transferred as base64 is about a third larger than the file."""
    name = safe_name(file.get("filename", "")) or _UNNAMED
    kind = take_in(file["contentType"], longest=_NAME)
    return FileLine(name, kind, size_words(file["encodedSize"] * 3 // 4), attachment_path(account, file["id"]))


def header_lines(headers: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """Return the header fields one by one, at most so many as anybody reads."""
    found = ((name, value) for name, values in headers.items() for value in values)
    return [(take_in(name, longest=_NAME), take_in(value)) for name, value in islice(found, _MOST_HEADERS)]


def folder_lines(folders: Iterable[FolderObject], wish: MailWish) -> list[FolderLine]:
    """Return the lines of folders, in the order of the server."""
    listed = list(folders)
    parents = {folder["path"]: folder["parentPath"] for folder in listed}
    return [_folder_line(folder, wish, _depth(folder["path"], parents)) for folder in listed]


def size_words(octets: int) -> str:
    """Return a size as `512 bytes`, `12 KiB` or `3.4 MiB`."""
    if octets < _KIB:
        return f"{octets} bytes"
    if octets < _KIB * _KIB:
        return f"{octets // _KIB} KiB"
    return f"{octets / _KIB / _KIB:.1f} MiB"


def _folder_line(folder: FolderObject, wish: MailWish, depth: int) -> FolderLine:
    role = folder.get("specialUse", "").removeprefix("\\")
    return FolderLine(
        name=take_in(folder["name"] if depth else folder["path"], longest=_NAME) or _UNNAMED,
        path=folder["path"],
        href=wish.in_folder(folder["path"]),
        role="" if role.lower() == folder["name"].lower() else role,
        depth=depth,
        can_open=not folder.get("noSelect", False),
        is_here=folder["path"] == wish.folder or folder.get("specialUse", "").lower() == wish.folder.lower(),
    )


def _depth(path: str, parents: Mapping[str, str]) -> int:
    """Return how many listed folders are above a folder; four are shown at most."""
    depth, above = 0, parents.get(path, "")
    while above in parents and depth < 4:
        depth, above = depth + 1, parents[above]
    return depth
