"""Writes down what one session says, line by line, without the secrets that it signed in with."""

from __future__ import annotations

import secrets as random
from collections.abc import Callable
from typing import Final

from postroom.clock import now_ms
from postroom.connections.transcripts.tap import Kind, Spoken, SpokenLine, Tap
from postroom.words.echoes import Sought
from postroom.words.strangers import WITHHELD, Secrets, Words, take_in

__all__ = ["LONGEST", "MOST_A_SECOND", "Script"]

LONGEST: Final = 1024
"""Octets of a line that are kept."""

MOST_A_SECOND: Final = 200
"""Lines of a session that are kept in a second. The search for secrets takes about a quarter of a millisecond each."""

_READ: Final = 4096
_ID_BYTES: Final = 3


class Script:
    """The lines of one session. They are made fit here, so nothing that leaves it can hold a secret."""

    __slots__ = ("_clock", "_kept", "_left_out", "_protocol", "_second", "_session", "_sought", "_tap")

    def __init__(self, tap: Tap, protocol: Spoken, secrets: Secrets, clock: Callable[[], int] = now_ms) -> None:
        self._tap = tap
        self._protocol = protocol
        self._session = f"{protocol}-{random.token_hex(_ID_BYTES)}"
        self._sought = Sought.of(secrets.values)
        self._clock = clock
        self._second = self._kept = self._left_out = 0

    @property
    def is_wanted(self) -> bool:
        """Whether anybody still listens."""
        return self._tap.is_on

    def sent(self, text: str) -> None:
        """Write down a line that was sent. Its arguments were masked before, where they sign in or are content."""
        self._add("sent", text)

    def received(self, text: str) -> None:
        """Write down a line that the server said."""
        self._add("received", text)

    def note(self, text: str) -> None:
        """Write down what happened to the session."""
        self._add("note", text)

    def _add(self, kind: Kind, text: str) -> None:
        if not self._tap.is_on:
            return
        now = self._clock()
        if now // 1000 != self._second:
            self._second, self._kept = now // 1000, 0
            if self._left_out:
                self._keep(now, "note", Words(f"{self._left_out} lines of one second are left out"))
                self._left_out = 0
        if self._kept >= MOST_A_SECOND:
            self._left_out += 1
            return
        self._kept += 1
        self._keep(now, kind, self._fit(text))

    def _keep(self, now: int, kind: Kind, text: Words) -> None:
        self._tap.keep(SpokenLine(self._tap.account, now, self._protocol, self._session, kind, text))

    def _fit(self, text: str) -> Words:
        # More is searched than is kept, so that a secret at the cut is seen completely.
        text = text[:_READ]
        return WITHHELD if self._sought.within(text) else take_in(text, longest=LONGEST)
