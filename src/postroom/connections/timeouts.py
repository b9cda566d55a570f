"""The time limits of one connection to a mail server, each for a step of its own."""

from __future__ import annotations

from dataclasses import dataclass

from postroom.settings import Settings

__all__ = ["Timeouts"]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds.

    Each bounds its step as a whole, however data trickle in. `connect` bounds name resolution and, separately, the TCP
    connection; `command` all commands of a sign-in together, afterwards a command that takes no work (NOOP), the start
    of IDLE, and the longest silence of the server while another command runs, which `command_total` bounds. `idle_end`
    is how long the server may be silent after DONE: a peer that has vanished is noticed no later than that after
    the caller renews IDLE.
    """

    connect: float = 30.0
    tls: float = 20.0
    greeting: float = 20.0
    command: float = 60.0
    command_total: float = 600.0
    idle_end: float = 20.0

    @classmethod
    def of(cls, settings: Settings) -> Timeouts:
        """The limits the operator has set."""
        return cls(
            connect=settings.connect_timeout,
            tls=settings.tls_timeout,
            greeting=settings.greeting_timeout,
            command=settings.command_timeout,
            command_total=10 * settings.command_timeout,
            idle_end=min(settings.command_timeout, 20.0),
        )
