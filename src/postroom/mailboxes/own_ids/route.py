"""Decides in which order the folders of an account are searched for messages with an id of the mail server."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from postroom.mailboxes.places import ListedFolder

__all__ = ["MOST_FOLDERS", "route"]

MOST_FOLDERS: Final = 200
"""Folders that one request searches: two commands each."""

_GMAIL: Final = ("\\All", "\\Trash", "\\Junk")
_FIRST: Final = ("\\Inbox", "\\Sent", "\\Archive", "\\Drafts")
_LAST: Final = ("\\Trash", "\\Junk")
_VIRTUAL: Final = ("\\All", "\\Flagged")


def route(folders: Iterable[ListedFolder], first: Collection[str], *, is_gmail: bool) -> list[ListedFolder]:
    r"""Return the folders to search, in order. `first` are the paths where the message was last known to be.

    Gmail keeps every message in All Mail, Trash or Spam, so these three are enough if All Mail is shown. Elsewhere the
    folders that show messages of other folders once more (`\All`, `\Flagged`) are left out, and Trash and Junk come
    last.
    """
    given = list(folders)
    if is_gmail and any(each.role == "\\All" for each in given):
        return sorted((each for each in given if each.role in _GMAIL), key=lambda each: _GMAIL.index(each.role or ""))
    return sorted(
        (each for each in given if each.role not in _VIRTUAL),
        key=lambda each: (each.path not in first, _rank(each.role)),
    )


def _rank(role: str | None) -> int:
    if role in _FIRST:
        return _FIRST.index(role)
    return len(_FIRST) + (_LAST.index(role) + 1 if role in _LAST else 0)
