"""Where the sessions of one account can be listened to. One that is off costs each a look at it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Final, Literal, TypeAlias

from postroom.footprint.dataclass import dataclass
from postroom.words.strangers import Words

__all__ = ["NO_TAP", "Kind", "Spoken", "SpokenLine", "Tap"]

Spoken: TypeAlias = Literal["imap", "smtp"]
Kind: TypeAlias = Literal["sent", "received", "note"]
"""`note` is what Postroom says itself of the session, such as that TLS has started."""


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """One line of a protocol log, fit to be shown.

    `at` is milliseconds since 1970. `session` tells the connections of an account apart.
    """

    account: str
    at: int
    protocol: Spoken
    session: str
    kind: Kind
    text: Words


def _nobody(_line: SpokenLine) -> None:
    """Keep nothing."""


@dataclass(slots=True, weakref_slot=True)
class Tap:
    """The one place at which the sessions of an account ask whether to tell `keep` what they say."""

    account: str = ""
    is_on: bool = False
    keep: Callable[[SpokenLine], None] = field(default=_nobody, repr=False)


NO_TAP: Final = Tap()
"""The tap of sessions that nobody ever listens to, such as those of settings on trial."""
