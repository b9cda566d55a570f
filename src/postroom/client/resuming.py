"""Where a stream of events is, and what it does when its connection breaks. Pure.

The server sends the position at the beginning, with each event, and in silence. A new connection begins after the last
position, so no event is lost or comes twice. Only a stream whose first connection broke before it had any position
begins anew at the then newest event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from postroom.client.errors import ApiError, TooMany, Unavailable, UnknownAnswer, Unreachable
from postroom.client.reading import json_object
from postroom.client.request import ApiRequest
from postroom.client.retries import Retries
from postroom.client.server_sent import Block

__all__ = ["SILENCE", "Resuming"]

SILENCE: Final = 60.0
"""Seconds after which a silent stream counts as broken: the server says something at least every 15 seconds."""

_LONGEST_PAUSE: Final = 300.0
"""Seconds between two connections, whatever `Retry-After` asks for: a stream that is not connected tells nothing."""

_DIGITS: Final = 18
"""Of the number of an event: 63 bits."""


class Resuming:
    """A stream of events over any number of connections. `cursor` is the number up to which events were handed out."""

    def __init__(self, ask: Callable[[int | None], ApiRequest[Any]], since: int | None, retries: Retries) -> None:
        self.cursor = since
        self._ask = ask
        self._retries = retries
        self._failures = 0
        self._was_open = False

    def request(self) -> ApiRequest[Any]:
        """Return the request that goes on where the stream is."""
        return self._ask(self.cursor)

    def take(self, block: Block) -> Mapping[str, object] | None:
        """Return the event of a block, None without one; the stream is then at this block. Raises UnknownAnswer."""
        self._was_open = True
        self._failures = 0
        number = _number(block)
        if number is None:
            return None
        if self.cursor is not None and number <= self.cursor:
            return None
        event = _event(block) if block.data else None
        self.cursor = number
        return event

    def wait_after(self, error: ApiError | None, chance: float) -> float | None:
        """Return the seconds until the next connection; None if `error` must be raised.

        Without an error the server ended the stream. A stream that was open once is connected again for ever, as long
        as the server may come back.
        """
        self._failures += 1
        if error is None:
            return self._retries.backoff(self._failures, chance)
        if not isinstance(error, Unreachable | Unavailable | TooMany):
            return None
        if not self._was_open and self._failures >= self._retries.attempts:
            return None
        backoff = self._retries.backoff(self._failures, chance)
        return backoff if error.retry_after is None else max(backoff, min(error.retry_after, _LONGEST_PAUSE))


def _number(block: Block) -> int | None:
    text = block.id or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else None


def _event(block: Block) -> Mapping[str, object]:
    found = json_object(block.data)
    if found is None:
        raise UnknownAnswer("The stream has an event that is not JSON", request="GET /v1/events/stream")
    return found
