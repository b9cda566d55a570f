"""How long each step of a transaction may take."""

from __future__ import annotations

from typing import Final

from postroom.connections.timeouts import Timeouts
from postroom.footprint.dataclass import dataclass

__all__ = ["USUAL_TIMES", "SendingTimes"]

_LONGEST_RESET: Final = 10.0
_BLOCK: Final = 3


@dataclass(frozen=True, slots=True)
class SendingTimes:
    """Limits in seconds (RFC 5321 section 4.5.3.2).

    `command` bounds the answer to each command. `block` bounds the time in which the server takes nothing of the
    message. `answer` bounds the answer after the end of the message: until then the server may still be working on it.
    `reset` bounds the end of a transaction that came to nothing. `grace` is how long an answer is waited for when the
    waiting is cancelled.
    """

    command: float = 60.0
    block: float = 180.0
    answer: float = 600.0
    reset: float = _LONGEST_RESET
    grace: float = 5.0

    @classmethod
    def of(cls, timeouts: Timeouts) -> SendingTimes:
        """The limits that follow from those of all connections."""
        command = timeouts.command
        return cls(command, _BLOCK * command, timeouts.command_total, min(command, _LONGEST_RESET))


USUAL_TIMES: Final = SendingTimes()
