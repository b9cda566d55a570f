"""IDLE (RFC 2177): the server sends news as it happens, until DONE."""

from __future__ import annotations

from dataclasses import field

from postroom.footprint.dataclass import dataclass
from postroom.imap.commands.arguments import Chunks
from postroom.imap.commands.command import ALONE, takes_nothing
from postroom.imap.responses import StatusResponse
from postroom.imap.states import AUTHENTICATED_STATES

__all__ = ["Idle"]

_DONE = b"DONE\r\n"
_NOTHING: frozenset[str] = frozenset()


@dataclass(slots=True, eq=False)
class Idle:
    """Waits for news. All responses meanwhile are unsolicited. `ImapConnection.end_idle` ends it.

    A server that `reads_on` after DONE can be sent the next command at once, before it has answered IDLE.

    It is also legal without a selected mailbox, where a server with NOTIFY reports on many mailboxes at once.
    """

    reads_on: bool = False
    started: bool = field(default=False, init=False)
    _ending: bool = field(default=False, init=False)

    name = "IDLE"
    states = AUTHENTICATED_STATES
    trigger = None

    @property
    def claims(self) -> frozenset[str] | None:
        return _NOTHING if self.reads_on and self._ending and self.started else ALONE

    def encode(self, _capabilities: frozenset[str], _enabled: frozenset[str]) -> Chunks:
        return [b"IDLE"]

    accept = takes_nothing

    def continuation(self, _text: bytes) -> bytes | None:
        if self.started:
            return None
        self.started = True
        return _DONE if self._ending else None

    def done(self) -> bytes:
        """The octets that end it: DONE, if the server has said `+` and DONE was not sent yet; otherwise nothing."""
        first, self._ending = not self._ending, True
        return _DONE if first and self.started else b""

    def result(self, _tagged: StatusResponse) -> None:
        return None
