"""What a connection is given to carry, and what came of it. Pure."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import field

from postroom.connections.failures import Failure
from postroom.footprint.dataclass import dataclass
from postroom.smtp.envelope import SmtpEnvelope
from postroom.smtp.replies import Reply
from postroom.smtp.transaction import Answered

__all__ = ["Carried", "Fault", "Parcel"]


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message for one transaction.

    `content` yields its octets with CRLF line ends, from the beginning at each call. `may_send` is asked once, when
    at least one recipient was accepted, directly before the first octet of DATA or BDAT. False ends the transaction by
    RSET.
    """

    envelope: SmtpEnvelope
    content: Callable[[], AsyncIterator[bytes]] = field(repr=False)
    may_send: Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a transaction ended without the server's answer, or before one was possible.

    `command` is the command under way. `failure` is the verdict on the connection, None where the message itself
    cannot be sent over it (`code` is then EENVELOPE or EMESSAGE and the fault is final). `reply` is the one by which
    the server took its leave (421), in words that are fit to be stored and shown.
    """

    message: str
    code: str
    command: str
    failure: Failure | None = None
    reply: Reply | None = None

    @property
    def is_final(self) -> bool:
        """Whether another attempt would meet the same."""
        return self.failure is None


@dataclass(frozen=True, slots=True)
class Carried:
    """What came of one transaction. Every recipient of the envelope is in exactly one of the three groups.

    `accepted` were accepted by RCPT. With `reply` positive, the server has taken the message for them. With `reply`
    negative, it has refused it for them, in answer to `command` (DATA or BDAT). With `reply` None, they are UNKNOWN if
    `may_have_gone`, and otherwise they are as good as untried.
    `refused` were refused by MAIL or RCPT. `untried` have no answer. `fault` says why there is no `reply`.
    `sent_as` is the Message-ID in the server's answer, which may be another one than the message's own.
    `may_have_gone`: the final dot, or the last octet of the last chunk, was handed to the system and no answer came.
    `has_more`: a limit on recipients left `untried` out. They are to go in a further transaction, at once and with a
    parcel of their own; `is_usable` says whether over the same connection.
    `is_interrupted`: the wait for the answer was cancelled, so the caller must write this result down and then end.
    The words of all replies are fit to be stored and shown.
    """

    accepted: tuple[str, ...] = ()
    refused: tuple[Answered, ...] = ()
    untried: tuple[str, ...] = ()
    reply: Reply | None = None
    fault: Fault | None = None
    may_have_gone: bool = False
    sent_as: str | None = None
    is_usable: bool = True
    """Whether the connection can carry another message."""

    command: str = "DATA"
    has_more: bool = False
    is_interrupted: bool = False
