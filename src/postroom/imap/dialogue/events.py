"""The events that a connection reports, one frozen dataclass for each.

Every command that was sent ends in exactly one `Completed` or `Failed`, even when the server disconnects first.
`ConnectionClosed` is the last event of a session and comes once.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from postroom.footprint.dataclass import dataclass
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
    """The server's first line was OK or PREAUTH; a BYE is reported as `ByeReceived`.

    `capabilities` is empty when the greeting has none. `preauth` means that the session is already logged in.
    """

    response: StatusResponse
    capabilities: frozenset[str]
    preauth: bool


@dataclass(frozen=True, slots=True)
class Completed:
    """The server answered OK; `result` is what `command.result` returned."""

    command: Command[Any]
    result: Any


@dataclass(frozen=True, slots=True)
class Failed:
    """The command will not succeed in this session.

    `error` is a `CommandFailed` with status NO or BAD, or with BYE when the server left or the stream ended before the
    answer. It is a `LocalProtocolError` when the command became illegal in the queue and was never sent.
    """

    command: Command[Any]
    error: ImapError


@dataclass(frozen=True, slots=True)
class Unsolicited:
    """Data that no command in flight asked for: EXISTS, EXPUNGE, VANISHED, FETCH, STATUS, LIST or a status line."""

    response: UnsolicitedResponse


@dataclass(frozen=True, slots=True)
class Alert:
    """A text that the server wants a person to read: the ALERT code of RFC 9051 section 7.1."""

    text: str


@dataclass(frozen=True, slots=True)
class ByeReceived:
    """The server is about to close the connection; reported once, even when the server repeats it."""

    text: str
    code: ResponseCode | None


@dataclass(frozen=True, slots=True)
class ConnectionClosed:
    """The stream ended. `clean` means that the server said BYE before, so no answer was cut off."""

    clean: bool


@dataclass(frozen=True, slots=True)
class IdleStarted:
    """The server entered IDLE (RFC 2177) and sends news until the client writes DONE."""


Event: TypeAlias = (
    GreetingReceived | Completed | Failed | Unsolicited | Alert | ByeReceived | ConnectionClosed | IdleStarted
)
