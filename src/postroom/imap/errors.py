"""What can go wrong in an IMAP session, told apart by whose fault it is.

ImapError
├── LocalProtocolError     we were about to break the protocol (a line break in a password); nothing was sent
├── RemoteProtocolError    the server sent bytes that cannot be understood; the connection is of no more use
│   └── LimitExceeded      the server sent, or announced, more than we are ready to hold (limits.py)
└── CommandFailed          the server understood a command and refused it: NO, BAD or BYE
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from postroom.words import NO_SECRETS, Secrets, take_in

if TYPE_CHECKING:
    from postroom.imap.responses import ResponseCode

_EXCERPT_OCTETS = 40


class ImapError(Exception):
    """Anything that goes wrong in an IMAP session."""


class LocalProtocolError(ImapError):
    """What we were asked to send is not legal IMAP, so it was not sent."""


class RemoteProtocolError(ImapError):
    """The server sent something malformed; `offset` counts octets from the start of the response, or is None."""

    def __init__(self, message: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset

    @classmethod
    def at(cls, offset: int, data: bytes, problem: str, *, elided: int = 0) -> RemoteProtocolError:
        """The error for `problem` at `offset` of `data`, where `elided` octets of literals were left out.

        The text shows a few octets from there.
        """
        excerpt = bytes(data[offset : offset + _EXCERPT_OCTETS])
        place = offset + elided
        return cls(f"{problem} at octet {place} of the server's response, near {excerpt!r}", place)


class CommandFailed(ImapError):
    """The server answered `command` (its name alone, never its arguments) with NO, BAD or BYE.

    `text` is as the server said it: for rules to read, never to be stored or shown. `str()` is fit for that: it holds
    none of `secrets`, which are the session's.
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
