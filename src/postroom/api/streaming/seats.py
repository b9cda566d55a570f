"""The places for streams of one process: who may have how many, what wakes each, and how all of them end."""

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
"""Seconds after which the tokens of open streams are looked at, unless one of them is known to be gone."""

_RETRY_AFTER: Final = 5.0
_CLOSING: Final = "closing"


class TooManyStreams(Transient):
    """As many streams are open as one process serves."""

    code = "TooManyStreams"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"All {most} places for streams of this process are taken (POSTROOM_STREAMS, and at most half "
            "of the connections that may be open). Try again later.",
            retry_after=_RETRY_AFTER,
        )


class TooManyStreamsOfToken(Transient):
    """A token, or the account it is bound to, has as many streams open as it may."""

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

    `most` are for everybody. A token without full access, or all tokens of one account together, get `each` of them at
    most. As many again are kept for tokens with full access: nobody else can shut out who runs the installation.
    """

    most: int = 1000
    each: int = 100

    @classmethod
    def within(cls, connections: int, most: int, each: int) -> StreamShares:
        """Return the operator's shares, or less: streams take half of the connections to the API, one token an eighth.

        Streams hold their connection for good; where few files may be open, they would leave none for anything else.
        """
        return cls(max(1, min(most, connections // 2)), max(1, min(each, connections // 8)))


@dataclass(slots=True, eq=False)
class Seat:
    """The place of one stream. `waiter` wakes it; once `is_over`, it ends."""

    token: str
    address: str | None
    holder: object
    waiter: Waiter = field(default_factory=Waiter)
    is_over: bool = False

    def end(self) -> None:
        """Have the stream end."""
        self.is_over = True
        self.waiter.hint(_CLOSING)


class Seats:
    """The open streams of a process. Once `close` was called they all end."""

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
        """Raise TooManyStreams or TooManyStreamsOfToken when there is no place for one more stream of a token."""
        most, each = self._shares.most, self._shares.each
        held = self._held.get(_holder(caller), 0)
        if held >= each and not caller.has_full_access:
            raise TooManyStreamsOfToken(each, is_bound=caller.account is not None)
        kept = each if caller.has_full_access and held < each else 0
        if len(self._taken) >= most + kept:
            raise TooManyStreams(most)

    def take(self, caller: Token, address: str | None) -> Seat:
        """Return a place for a stream, to be given back with `leave`. Raises TooManyStreams, TooManyStreamsOfToken."""
        self.check_room(caller)
        seat = Seat(caller.id, address, _holder(caller), is_over=self._is_closed)
        self._taken.add(seat)
        self._held[seat.holder] = self._held.get(seat.holder, 0) + 1
        return seat

    def leave(self, seat: Seat) -> None:
        """Give a place back; a second time does nothing."""
        if seat not in self._taken:
            return
        self._taken.discard(seat)
        self._held[seat.holder] -= 1
        if not self._held[seat.holder]:
            del self._held[seat.holder]

    def close(self) -> None:
        """End all streams, and any that is opened later."""
        self._is_closed = True
        for seat in self._taken:
            seat.end()

    async def run(self) -> None:
        """End the streams of tokens that are no longer good, until cancelled."""
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
    """Who holds the streams of a token: its account, which may have been given several, or the token itself."""
    return caller.id if caller.account is None else (caller.account, caller.account_key)
