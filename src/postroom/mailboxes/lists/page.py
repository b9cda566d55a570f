"""One page of a list of messages: what a caller asks for, and what it gets. Pure."""

from __future__ import annotations

from typing import NamedTuple

from postroom.footprint.dataclass import dataclass
from postroom.mail.shapes import MessageObject
from postroom.mailboxes.lists.cursor import Cursor
from postroom.mailboxes.lists.wanted import WantedMembers

__all__ = ["MessagePage", "NotAnswered", "PageAsked"]


class NotAnswered(NamedTuple):
    """A folder whose messages are left out of a list, or a part of them, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class PageAsked:
    """A page that a caller asked for: where it begins, how many messages it has at most, what it shows of them."""

    start: Cursor
    size: int
    wanted: WantedMembers


@dataclass(frozen=True, slots=True)
class MessagePage:
    """One page of a list, newest first. `total` counts the messages of the whole list.

    `incomplete` are the folders that are not wholly in the list; None when only one folder was asked.
    """

    total: int
    page: int
    size: int
    older: Cursor | None
    newer: Cursor | None
    messages: list[MessageObject]
    incomplete: list[NotAnswered] | None = None
