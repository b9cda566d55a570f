"""The time limits of a connection to a mail server, one for each step."""

from __future__ import annotations

from postroom.footprint.dataclass import dataclass
from postroom.settings import Settings

__all__ = ["Timeouts"]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Limits in seconds. Each bounds its whole step, even when data keep trickling in.

    `connect` bounds the name resolution and, separately, the TCP connection. `command` bounds several things: all
    commands of a sign-in together; later, each quick command (NOOP) and the start of IDLE; and the longest silence of
    the server during any other command. `command_total` bounds such a command as a whole. `idle_end` is how long the
    server may be silent after DONE, so a dead peer is noticed at the latest this long after the caller renews IDLE.
    """

    connect: float = 30.0
    tls: float = 20.0
    greeting: float = 20.0
    command: float = 60.0
    command_total: float = 600.0
    idle_end: float = 20.0

    @classmethod
    def of(cls, settings: Settings) -> Timeouts:
        """The limits that the operator has set."""
        return cls(
            connect=settings.connect_timeout,
            tls=settings.tls_timeout,
            greeting=settings.greeting_timeout,
            command=settings.command_timeout,
            command_total=10 * settings.command_timeout,
            idle_end=min(settings.command_timeout, 20.0),
        )
