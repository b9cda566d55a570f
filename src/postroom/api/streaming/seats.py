"""Limits and tracks the open streams of one process, and ends them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from postroom.access.service import Tokens
from postroom.access.tokens import TOPIC, Token
from postroom.errors import Transient
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


@dataclass(slots=True, eq=False)
class Seat:
    """The place of one open stream. `waiter` wakes it; it ends once `is_over` is set."""

    token: str
    address: str | None
    holder: object
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

    def check_room(self, caller: Token) -> None:
        """Raise TooManyStreams or TooManyStreamsOfToken when a token may open no further stream."""
        most, each = self._shares.most, self._shares.each
        held = self._held.get(_holder(caller), 0)
        if held >= each and not caller.has_full_access:
            raise TooManyStreamsOfToken(each, is_bound=caller.account is not None)
        kept = each if caller.has_full_access and held < each else 0
        if len(self._taken) >= most + kept:
            raise TooManyStreams(most)

    def take(self, caller: Token, address: str | None) -> Seat:
        """Return a seat for a stream; release it with `leave`. Raises TooManyStreams, TooManyStreamsOfToken."""
        self.check_room(caller)
        seat = Seat(caller.id, address, _holder(caller), is_over=self._is_closed)
        self._taken.add(seat)
        self._held[seat.holder] = self._held.get(seat.holder, 0) + 1
        return seat

    def leave(self, seat: Seat) -> None:
        """Release a seat; a second release does nothing."""
        if seat not in self._taken:
            return
        self._taken.discard(seat)
        self._held[seat.holder] -= 1
        if not self._held[seat.holder]:
            del self._held[seat.holder]

    def close(self) -> None:
        """End all streams, and any opened later."""
        self._is_closed = True
        for seat in self._taken:
            seat.end()

    async def run(self) -> None:
        """End the streams of tokens that are no longer valid, until cancelled."""
        await run_loop("tokens of streams", self._look_at_tokens, self._waiter, TICK)

    async def _look_at_tokens(self, _hints: set[str]) -> None:
        if not self._taken:
            return
        used: Mapping[str, str | None] = {seat.token: seat.address for seat in self._taken}
        gone = await self._tokens.gone(used)
        for seat in self._taken:
            if seat.token in gone:
                seat.end()


def _holder(caller: Token) -> object:
    """Return whose streams are counted together: the account of a bound token, otherwise the token."""
    return caller.id if caller.account is None else (caller.account, caller.account_key)
