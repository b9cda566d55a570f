"""What can happen in an IMAP session, as the connection reports it: one frozen dataclass per event.

Every command that was sent ends in exactly one `Completed` or `Failed`, also when the server leaves in between.
`ConnectionClosed` is the last event of a session and comes once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from postroom.imap.commands.command import Command
from postroom.imap.errors import ImapError
from postroom.imap.responses import (
    EsearchData,
    ExistsData,
    ExpungeData,
    FetchData,
    FlagsData,
    ListData,
    ResponseCode,
    SearchData,
    StatusData,
    StatusResponse,
    VanishedData,
)

__all__ = [
    "Alert",
    "ByeReceived",
    "Completed",
    "ConnectionClosed",
    "Event",
    "Failed",
    "GreetingReceived",
    "IdleStarted",
    "Unsolicited",
    "UnsolicitedResponse",
]

UnsolicitedResponse: TypeAlias = (
    ExistsData
    | ExpungeData
    | VanishedData
    | FetchData
    | FlagsData
    | StatusData
    | ListData
    | SearchData
    | EsearchData
    | StatusResponse
)


@dataclass(frozen=True, slots=True)
class GreetingReceived:
    """The server's first line was OK or PREAUTH; a BYE there is `ByeReceived`.

    `capabilities` is empty when the greeting did not carry them. `preauth` means the session is already logged in.
    """

    response: StatusResponse
    capabilities: frozenset[str]
    preauth: bool


@dataclass(frozen=True, slots=True)
class Completed:
    """The server answered OK; `result` is what `command.result` made of its answers."""

    command: Command[Any]
    result: Any


@dataclass(frozen=True, slots=True)
class Failed:
    """The command will not succeed in this session.

    `error` is `CommandFailed` with status NO or BAD, or BYE when the server left or the stream ended before the answer;
    it is `LocalProtocolError` when the command became illegal while it waited in the queue, so was never sent.
    """

    command: Command[Any]
    error: ImapError


@dataclass(frozen=True, slots=True)
class Unsolicited:
    """Data no command in flight had asked for: EXISTS, EXPUNGE, VANISHED, FETCH, STATUS, LIST, a status line."""

    response: UnsolicitedResponse


@dataclass(frozen=True, slots=True)
class Alert:
    """Text the server wants a person to read: the ALERT code of RFC 9051 section 7.1."""

    text: str


@dataclass(frozen=True, slots=True)
class ByeReceived:
    """The server is about to close the connection; reported once, however often it says so."""

    text: str
    code: ResponseCode | None


@dataclass(frozen=True, slots=True)
class ConnectionClosed:
    """The stream ended; `clean` when the server had said BYE, so nothing of an answer can be missing."""

    clean: bool


@dataclass(frozen=True, slots=True)
class IdleStarted:
    """The server entered IDLE (RFC 2177) and will send news until `Idle.done()` is written."""


Event: TypeAlias = (
    GreetingReceived | Completed | Failed | Unsolicited | Alert | ByeReceived | ConnectionClosed | IdleStarted
)
