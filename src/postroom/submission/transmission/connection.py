"""One signed-in connection of an account, which carries messages one after the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from postroom.connections.clients.smtp_client import SmtpSession
from postroom.connections.clients.smtp_line import SmtpLine
from postroom.connections.failures import ConnectionLost
from postroom.connections.quirks.profile import SendingLimits
from postroom.sessions.failures import SessionFailed, not_opened
from postroom.sessions.opening import Opened
from postroom.submission.transmission.manners import Manners
from postroom.submission.transmission.parcel import Carried, Fault, Parcel
from postroom.submission.transmission.times import SendingTimes
from postroom.submission.transmission.transfer import Transfer, TransferTerms

__all__ = ["Opens", "SendingConnection"]

_MISCOUNTED: Final = frozenset({"EPROTOCOL", "ETIMEDOUT"})
"""Codes of a line that had a reply too many, or one too few, for the commands that were written together."""

_PROVEN: Final = 2
"""Messages by DATA after which a server has shown that it sends one reply to each command, and one to each message."""

Opens: TypeAlias = Callable[[], Awaitable[Opened[SmtpSession]]]
"""Opens a session anew. Raises SessionFailed, AccountNotFound, StorageFailed."""


class SendingConnection:
    """A connection that `SendingConnections.take` returned. It carries one parcel at a time.

    `host` is the server's name, `limits` what it allows. `is_usable` says whether it can carry another message.
    """

    def __init__(
        self, opened: Opened[SmtpSession], opens: Opens, limits: SendingLimits, times: SendingTimes, manners: Manners
    ) -> None:
        self.host = opened.login.endpoint.host
        self.limits = limits
        self.carried = 0
        self.is_usable = True
        self._opened = opened
        self._opens = opens
        self._times = times
        self._manners = manners
        # It may have died while nobody used it. Then its first message goes over a new one.
        self._has_rested = False
        self._in_step = 0
        self._line = _line_of(opened)

    async def carry(self, parcel: Parcel) -> Carried:
        """Carry one message, and say what became of it.

        A connection that turns out to be dead before the server has answered anything is replaced by a new one, once.
        So is one whose server loses count of pipelined commands. Raises what `content` and `may_send` raise,
        CancelledError, AccountNotFound and StorageFailed; then the message has not gone. See `Carried.is_interrupted`
        for a cancellation after the message may have gone.
        """
        rested, self._has_rested = self._has_rested, False
        transfer = self._transfer(parcel)
        carried = await transfer.carry()
        if carried.fault is not None and carried.fault.code in _MISCOUNTED and transfer.was_grouped:
            self._manners.takes_in_turn(self.host)
        if self._is_worth_another(carried, transfer, rested=rested):
            carried, transfer = await self._over_another(parcel)
        self._in_step += transfer.is_in_step
        self.carried += 1
        self.is_usable = carried.is_usable
        return carried

    @property
    def is_whole(self) -> bool:
        """Whether nothing is under way on it, and the server has not closed it."""
        return self.is_usable and self._line.is_whole

    @property
    def most_messages(self) -> int | None:
        """How many messages the server takes over one connection (RFC 9422, or its provider's word)."""
        told = (self._opened.client.offered.most_messages, self.limits.messages_per_connection)
        return min((each for each in told if each is not None), default=None)

    def rest(self, told: Callable[[], None]) -> None:
        """Wait for the next message; `told` is called if the server closes meanwhile."""
        self._has_rested = True
        self._line.when_failed(told)

    async def leave(self) -> None:
        """Send QUIT and close."""
        await self._opened.client.leave()

    def close(self) -> None:
        """Close at once."""
        self.is_usable = False
        self._opened.client.close()

    def _transfer(self, parcel: Parcel) -> Transfer:
        terms = TransferTerms(
            self.host,
            self._opened.client.offered,
            self._times,
            self.limits.recipients_per_message,
            self._opened.login.secrets,
            is_in_turn=self._manners.is_in_turn(self.host),
            in_chunks=self._in_step >= _PROVEN and not self._manners.is_in_turn(self.host),
        )
        return Transfer(self._line, terms, parcel)

    def _is_worth_another(self, carried: Carried, transfer: Transfer, *, rested: bool) -> bool:
        if carried.fault is None or carried.fault.failure is None or transfer.has_begun:
            return False
        if carried.fault.code == "ETIMEDOUT":
            # It would take as long again, and the caller has to know that the server hangs.
            return False
        miscounted = transfer.was_grouped and carried.fault.code in _MISCOUNTED
        return miscounted or (rested and not transfer.has_heard)

    async def _over_another(self, parcel: Parcel) -> tuple[Carried, Transfer]:
        self.close()
        self._in_step = 0
        try:
            self._opened = await self._opens()
            self._line = _line_of(self._opened)
        except SessionFailed as error:
            failure = error.failure
            fault = Fault(failure.response, failure.code, "CONN", failure)
            return Carried(untried=parcel.envelope.recipients, fault=fault, is_usable=False), self._transfer(parcel)
        self.carried = 0
        transfer = self._transfer(parcel)
        return await transfer.carry(), transfer


def _line_of(opened: Opened[SmtpSession]) -> SmtpLine:
    """Take the session's line over. Raises SessionFailed if the server has closed it already."""
    try:
        return opened.client.take_over()
    except ConnectionLost as error:
        opened.client.close()
        raise not_opened(error, opened.login) from error
