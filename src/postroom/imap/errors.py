"""The errors of an IMAP session, divided by whose fault they are.

ImapError
├── LocalProtocolError     we were about to break the protocol (a line break in a password); nothing was sent
├── RemoteProtocolError    the server sent bytes that cannot be understood; the connection is unusable
│   └── LimitExceeded      the server sent, or announced, more than we are willing to hold (limits.py)
└── CommandFailed          the server understood a command and refused it: NO, BAD or BYE
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.words.strangers import NO_SECRETS, Secrets, take_in

if TYPE_CHECKING:
    from postroom.imap.responses import ResponseCode

_EXCERPT_OCTETS = 40


class ImapError(Exception):
    """Anything that goes wrong in an IMAP session."""


class LocalProtocolError(ImapError):
    """The caller asked for something that is not legal IMAP, so it was not sent."""


class RemoteProtocolError(ImapError):
    """The server sent malformed data. `offset` counts octets from the start of the response; None when unknown."""

    def __init__(self, message: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset

    @classmethod
    def at(cls, offset: int, data: bytes, problem: str, *, elided: int = 0) -> RemoteProtocolError:
        """The error for `problem` at `offset` of `data`, from which `elided` octets of literals were left out.

        The message quotes a few octets from that place.
        """
        excerpt = bytes(data[offset : offset + _EXCERPT_OCTETS])
        place = offset + elided
        return cls(f"{problem} at octet {place} of the server's response, near {excerpt!r}", place)


class CommandFailed(ImapError):
    """The server answered `command` (its name alone, never its arguments) with NO, BAD or BYE.

    `text` is exactly what the server said. Rules may read it, but it must not be stored or shown. `str()` may be: it
    leaves out `secrets`, the secrets of the session.
    """

    def __init__(
        self, status: str, code: ResponseCode | None, text: str, command: str, secrets: Secrets = NO_SECRETS
    ) -> None:
        super().__init__(status, command)
        self.status = status
        self.code = code
        self.text = text
        self.command = command
        self.secrets = secrets

    def __str__(self) -> str:
        said = f"[{self.code.name}] {self.text}" if self.code is not None else self.text
        return f"{self.command} failed: {self.status} {take_in(said, self.secrets)}".rstrip()
