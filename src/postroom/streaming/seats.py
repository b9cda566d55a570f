"""Limits and tracks the open streams of one process, and ends them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Final

from postroom.access.service import Tokens
from postroom.access.tokens import TOPIC, Token
from postroom.errors import Transient
from postroom.footprint.dataclass import dataclass
from postroom.loops import run_loop
from postroom.storage.database import Database
from postroom.storage.wakeups import Waiter

TICK: Final = 5.0
"""Seconds between two checks of the open streams' tokens. A removed token starts a check at once."""

_RETRY_AFTER: Final = 5.0
_CLOSING: Final = "closing"


class TooManyStreams(Transient):
    """This process has as many open streams as it serves."""

    code = "TooManyStreams"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"All {most} places for streams of this process are taken (POSTROOM_STREAMS, and at most half "
            "of the connections that may be open). Try again later.",
            retry_after=_RETRY_AFTER,
        )


class TooManyStreamsOfToken(Transient):
    """A token, or the account it is bound to, has as many open streams as it may."""

    code = "TooManyStreamsOfToken"

    def __init__(self, share: int, *, is_bound: bool) -> None:
        whose = "The tokens of this account have" if is_bound else "This token has"
        super().__init__(
            f"{whose} {share} streams open, their share of the places of this process (POSTROOM_STREAMS_PER_TOKEN, "
            "and at most an eighth of the connections that may be open). "
            "Close one first: one stream carries all events that a token may see.",
            retry_after=_RETRY_AFTER,
        )


@dataclass(frozen=True, slots=True)
class StreamShares:
    """How many streams one process serves.

    `most` are for everybody. A token without full access may have `each` of them, as may all tokens of one account
    together. Another `each` are reserved for tokens with full access, so nobody can shut out the operator.
    """

    most: int = 1000
    each: int = 100

    @classmethod
    def within(cls, connections: int, most: int, each: int) -> StreamShares:
        """Return the configured shares, reduced to half of the API's connections, and an eighth for one token.

        A stream holds its connection permanently. Where few files may be open, streams could use up all connections.
        """
        return cls(max(1, min(most, connections // 2)), max(1, min(each, connections // 8)))


@dataclass(frozen=True, slots=True)
class SeatHolder:
    """Who opens a stream. Streams with equal `counted` share one limit.

    `token` must stay valid, or the stream ends. None stands for a page of the dashboard, which watches its own session.
    An operator may use the reserved places.
    """

    counted: object
    token: str | None = None
    is_operator: bool = False
    is_bound: bool = False


@dataclass(slots=True, eq=False)
class Seat:
    """The place of one open stream. `waiter` wakes it; it ends once `is_over` is set."""

    holder: SeatHolder
    address: str | None
    waiter: Waiter = field(default_factory=Waiter)
    is_over: bool = False

    def end(self) -> None:
        """End the stream."""
        self.is_over = True
        self.waiter.hint(_CLOSING)


class Seats:
    """The open streams of a process. After `close` all of them end."""

    def __init__(self, db: Database, tokens: Tokens, shares: StreamShares) -> None:
        self._tokens = tokens
        self._shares = shares
        self._taken: set[Seat] = set()
        self._held: dict[object, int] = {}
        self._waiter = db.wakeups.subscribe(TOPIC)
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._taken)

    def check_room(self, holder: SeatHolder) -> None:
        """Raise TooManyStreams or TooManyStreamsOfToken when a holder may open no further stream."""
        most, each = self._shares.most, self._shares.each
        held = self._held.get(holder.counted, 0)
        if held >= each and not holder.is_operator:
            raise TooManyStreamsOfToken(each, is_bound=holder.is_bound)
        kept = each if holder.is_operator and held < each else 0
        if len(self._taken) >= most + kept:
            raise TooManyStreams(most)

    def take(self, holder: SeatHolder, address: str | None) -> Seat:
        """Return a seat for a stream; release it with `leave`. Raises TooManyStreams, TooManyStreamsOfToken."""
        self.check_room(holder)
        seat = Seat(holder, address, is_over=self._is_closed)
        self._taken.add(seat)
        self._held[holder.counted] = self._held.get(holder.counted, 0) + 1
        return seat

    def leave(self, seat: Seat) -> None:
        """Release a seat; a second release does nothing."""
        if seat not in self._taken:
            return
        self._taken.discard(seat)
        counted = seat.holder.counted
        self._held[counted] -= 1
        if not self._held[counted]:
            del self._held[counted]

    def close(self) -> None:
        """End all streams, and any opened later."""
        self._is_closed = True
        for seat in self._taken:
            seat.end()

    async def run(self) -> None:
        """End the streams of tokens that are no longer valid, until cancelled."""
        await run_loop("tokens of streams", self._look_at_tokens, self._waiter, TICK)

    async def _look_at_tokens(self, _hints: set[str]) -> None:
        used: Mapping[str, str | None] = {
            seat.holder.token: seat.address for seat in self._taken if seat.holder.token is not None
        }
        if not used:
            return
        gone = await self._tokens.gone(used)
        for seat in self._taken:
            if seat.holder.token in gone:
                seat.end()


def holder_of(caller: Token) -> SeatHolder:
    """Return the holder that a token is. All tokens of one account are counted together."""
    is_bound = caller.account is not None
    counted = (caller.account, caller.account_key) if is_bound else caller.id
    return SeatHolder(counted, caller.id, is_operator=caller.has_full_access, is_bound=is_bound)
