"""The steps of messages that move, and what the event log says of each. Pure."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from postroom.mail.ids import MessageId

__all__ = ["MoveMark", "MoveStep", "MoveTold"]


class MoveTold(IntEnum):
    """What the event log says of a move. The event is written when the sync sees the first end of the move."""

    NOTHING = 0
    LEFT = 1
    """`messageMoved` was written when the message left. Its arrival is still to be seen."""
    CAME = 2
    """`messageMoved` was written when the message came. Its removal is still to be seen."""
    ALL = 3
    """Both ends were seen, or the move counts no longer."""
    HELD = 4
    """The message left, and nothing was told yet: it may come to another folder at any moment."""


class MoveStep(NamedTuple):
    """One move of a message, proved by a COPYUID or by the id that the server gives the message.

    `flags` are those that the log knows of a message that only left.
    """

    old: MessageId
    new: MessageId
    told: MoveTold
    flags: frozenset[str]


class MoveMark(NamedTuple):
    """What to note of a step: see `MoveStep`."""

    told: MoveTold
    flags: frozenset[str] = frozenset()
