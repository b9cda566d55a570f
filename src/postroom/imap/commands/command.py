"""What every IMAP command is to the connection: how to write it, which answers are its own, what it comes to.

A command is an object that is sent once. It knows nothing of tags, sockets or other commands; the connection writes
its chunks, shows it every untagged response while it is in flight, and asks it for its result at the tagged OK. When
the server answers NO or BAD the result is never asked for, so a list that broke off half way cannot pass for a whole
one.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final, Protocol, TypeAlias, TypeVar

from postroom.imap.commands.arguments import Chunks
from postroom.imap.responses import Response, StatusResponse
from postroom.imap.states import SessionState, Trigger

__all__ = ["ALONE", "Command", "Composite", "run", "silent", "takes_nothing"]

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")

ALONE: Final = None
"""The `claims` of a command that changes the session or talks back, so nothing else may be in flight with it."""


class Command(Protocol[T_co]):
    """One command of the protocol, from its bytes to its result of type T.

    `claims` names the kinds of untagged data the command takes ("FETCH", "STATUS INBOX"). Commands whose claims do not
    meet may be in flight together (RFC 9051 section 5.5); `ALONE` never shares.
    `trigger` is what the command's OK does to the session's state, None for nothing.
    """

    @property
    def name(self) -> str: ...

    @property
    def states(self) -> frozenset[SessionState]: ...

    @property
    def claims(self) -> frozenset[str] | None: ...

    @property
    def trigger(self) -> Trigger | None: ...

    def encode(self, capabilities: frozenset[str], enabled: frozenset[str], /) -> Chunks:
        """The command without tag and line end; LocalProtocolError when an argument cannot be written."""

    def accept(self, response: Response, /) -> bool:
        """Take the untagged response if it belongs to this command; False leaves it to others."""

    def continuation(self, text: bytes, /) -> bytes | None:
        """The line (with CRLF) that answers a `+` line, or None for nothing."""

    def result(self, tagged: StatusResponse, /) -> T_co:
        """What the command came to, asked once, after the tagged OK."""


Composite: TypeAlias = Generator[Command[Any], Any, T]
"""Several commands that make one operation. It yields a command at a time; the driver sends back the command's result
or throws its `CommandFailed`, and the generator's return value is the operation's result."""


def run(command: Command[T]) -> Composite[T]:
    """One command as a step of a composite: `result = yield from run(command)` keeps the result's type."""
    result: T = yield command
    return result


def takes_nothing(_command: object, _response: Response) -> bool:
    """`accept` of a command that has no data of its own."""
    return False


def silent(_command: object, _text: bytes) -> None:
    """`continuation` of a command that is never asked anything."""
