"""One thing that needs a person: how urgent it is, what it is in one sentence, and what to do about it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Final, Literal

from postroom.footprint.dataclass import dataclass

__all__ = ["About", "Need", "Urgency", "in_order"]


class Urgency(IntEnum):
    """How much a person is needed.

    NOW   nothing gets better before somebody acts
    SOON  it is tried again by itself, but lasts; or work is left undone meanwhile
    NOTE  somebody wanted it so; it is easily forgotten
    """

    NOW = 0
    SOON = 1
    NOTE = 2


@dataclass(frozen=True, slots=True)
class About:
    """What a need is about: the kind of thing, and which of them.

    `id` names one account, endpoint or application. For `accounts`, `provider` is a name as `providers` gives it, and
    `state` is their state; without them, these are not told. The `state` of an `account` is told where its sign-in is
    refused.
    """

    kind: Literal["account", "accounts", "webhooks", "deliveries", "outbox", "nodes", "oauth2", "secrets", "settings"]
    id: str | None = None
    provider: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """One cause, with everything that suffers from it.

    `what` is a sentence without its full stop, such as "12 accounts at Gmail want an app password". `cure` is one or
    two sentences. `count` is how many things suffer. `since` is when the first began, in milliseconds since 1970.
    `said` are the words of a server, of one of them.
    """

    urgency: Urgency
    what: str
    cure: str
    about: About
    count: int = 1
    since: int | None = None
    said: str | None = None


_OF_SOME: Final = frozenset({"account", "accounts"})


def in_order(needs: Iterable[Need]) -> tuple[Need, ...]:
    """Return needs in the order in which a person should read them.

    The urgent come first. Of those, what all accounts may suffer from comes before what some do, and the most common
    before the rare.
    """
    return tuple(sorted(needs, key=lambda need: (need.urgency, need.about.kind in _OF_SOME, -need.count, need.what)))
