"""The protocol that every IMAP command follows: how to write it, which responses are its own, and its result.

A command object is sent once. It knows nothing of tags, sockets or other commands. The connection writes its chunks,
shows it every untagged response while it is in flight, and asks for its result at the tagged OK. After NO or BAD the
result is never asked for, so a list that broke off half way cannot be taken for a whole one.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final, Protocol, TypeAlias, TypeVar

from postroom.imap.commands.arguments import Chunks
from postroom.imap.responses import Response, StatusResponse
from postroom.imap.states import SessionState, SessionTrigger

__all__ = ["ALONE", "Command", "Composite", "run", "silent", "takes_nothing"]

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")

ALONE: Final = None
"""The `claims` of a command that changes the session or answers the server, so it must be in flight alone."""


class Command(Protocol[T_co]):
    """One command of the protocol, from its bytes to its result of type T.

    `claims` names the kinds of untagged data the command takes ("FETCH", "STATUS INBOX"). Commands whose claims do not
    overlap may be in flight together (RFC 9051 section 5.5). A command with `ALONE` is in flight alone.
    `trigger` is what the command's OK does to the session's state; None for nothing.
    """

    @property
    def name(self) -> str: ...

    @property
    def states(self) -> frozenset[SessionState]: ...

    @property
    def claims(self) -> frozenset[str] | None: ...

    @property
    def trigger(self) -> SessionTrigger | None: ...

    def encode(self, capabilities: frozenset[str], enabled: frozenset[str], /) -> Chunks:
        """The command without tag and line end. LocalProtocolError when an argument cannot be written."""

    def accept(self, response: Response, /) -> bool:
        """Take the untagged response if it belongs to this command; returns False to leave it to others."""

    def continuation(self, text: bytes, /) -> bytes | None:
        """The line (with CRLF) that answers a `+`, or None to answer nothing."""

    def result(self, tagged: StatusResponse, /) -> T_co:
        """The command's result. The connection asks for it once, after the tagged OK."""


Composite: TypeAlias = Generator[Command[Any], Any, T]
"""An operation of several commands, as a generator. It yields one command at a time. The driver sends back the
command's result or throws its `CommandFailed`. The generator returns the operation's result."""


def run(command: Command[T]) -> Composite[T]:
    """One command as a step of a composite; `result = yield from run(command)` keeps the result's type."""
    result: T = yield command
    return result


def takes_nothing(_command: object, _response: Response) -> bool:
    """`accept` of a command that has no data of its own."""
    return False


def silent(_command: object, _text: bytes) -> None:
    """`continuation` of a command to which the server never sends `+`."""
