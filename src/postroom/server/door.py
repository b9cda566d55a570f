"""Stands between a connection and uvicorn, and passes on one whole, bounded request at a time.

uvicorn accepts heads of any size and any number of requests at once. The door reads in bounded pieces, and passes on
the next head only when the request before is answered. So a client costs one piece of memory, and the rest waits in
its socket. A refused request gets an answer, and the client has some time to read it.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Any, Final, cast

from postroom.footprint.loading import parts_of
from postroom.server.deadline import Deadline
from postroom.server.framing import RequestFraming
from postroom.server.hall import PIECE, Hall
from postroom.server.refusals import Refused, answer_to, late, malformed

# The package itself would load the command line of uvicorn, with Click and multiprocessing: 1.5 MiB. The other module
# takes 0.3 MiB, and configures logs in a way that nobody uses here.
with parts_of("uvicorn"), parts_of("logging.config"):
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["Door", "Inner"]

_SMALL_BODY: Final = 64 * 1024
"""Octets up to which an unread body is read to its end, so that the connection can be used again."""

_LINGER: Final = 5.0
"""Seconds that a client has to read the last answer."""

_FAREWELL: Final = 1.0
"""The same for a connection that was not let in, and while the process ends."""

_MOST_JOINED: Final = 16 * 1024
"""Octets of a body up to which it is copied behind the head, so that both are sent at once."""

_MOST_DRAINED: Final = 32 * 1024 * 1024
_STALL: Final = 60.0
"""Seconds in which a client must have read some of an answer."""


class Door(asyncio.BufferedProtocol):
    """One connection. `make` creates uvicorn's side of it."""

    def __init__(self, hall: Hall, make: Callable[[Door], Inner]) -> None:
        self._hall = hall
        self._limits = hall.limits
        self._loop = asyncio.get_running_loop()
        self._inner = make(self)
        self._transport = cast("asyncio.Transport", None)
        self._address = ""
        self._is_attached = False
        self._framing = RequestFraming(hall.limits.largest_body)
        self._deadline = Deadline(self._late)
        # A request was passed on, and its answer is not complete.
        self._is_asked = False
        # Three reasons to stop reading.
        self._inner_is_full = self._is_ahead = self._has_had_its_turn = False
        self._is_reading = True
        self._client_is_full = False
        self._is_closing = False
        self._drained = 0
        # The octets of an incomplete head that the hall counts for this connection.
        self._held = 0
        # The head of an answer waits for the body: each call of the system costs as much as the rest of the door.
        self._is_head_next = False
        self._kept = b""
        self._unsent: float = math.inf

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the connection in, or tell the client why not."""
        self._transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self._address = str(peer[0]) if isinstance(peer, tuple) else ""
        try:
            self._hall.enter(self, self._address)
        except Refused as refused:
            self._turn_away(refused)
            return
        self._is_attached = True
        self._inner.connection_made(cast("asyncio.Transport", _Outlet(self, self._transport)))
        self._deadline.set(self._limits.head_timeout)

    def get_buffer(self, sizehint: int) -> bytearray:
        """The buffer for the next octets."""
        return self._hall.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Handle received octets. After a full piece, the other connections have their turn."""
        data = bytes(memoryview(self._hall.buffer)[:nbytes])
        if nbytes == PIECE:
            self._has_had_its_turn = True
            self._loop.call_soon(self._take_next_turn)
        if self._is_closing:
            self._drain(nbytes)
        else:
            self._framing.add(data)
            self._go_on()
        self._read_or_wait()

    def eof_received(self) -> None:
        """The client sends no more. Returning None closes the transport."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Clean up; either side may have closed the connection."""
        self._deadline.cancel()
        self._framing.clear()
        self._hold(0)
        self._kept = b""
        self._is_closing = True
        self._detach(exc)
        self._hall.gone(self)
        self._hall.leave(self)

    def pause_writing(self) -> None:
        """The client does not read what is sent."""
        self._client_is_full = True
        self._unsent = math.inf
        self._deadline.set(_STALL)
        self._note_who_waits()
        if self._is_attached:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        """The client reads again."""
        self._client_is_full = False
        self._deadline.set(_LINGER if self._is_closing else self._patience())
        if self._is_attached:
            self._inner.resume_writing()
        if not self._is_closing:
            self._note_who_waits()
            self._go_on()
            self._read_or_wait()

    def answered(self) -> None:
        """The answer to the current request is complete."""
        self._send_kept()
        self._is_asked = False
        if self.is_closing():
            return
        if not self._framing.has_body_left:
            self._note_who_waits()
            self._deadline.set(_STALL if self._client_is_full else self._limits.keep_alive)
        if self._framing:
            self._go_on()
        self._read_or_wait()

    def fill(self, is_full: bool) -> None:
        """uvicorn holds enough of a body (`is_full`), or can take more."""
        self._inner_is_full = is_full
        self._read_or_wait()

    def write(self, data: bytes) -> None:
        """Send a part of an answer, unless the connection is closing. The head waits for what follows at once."""
        if self.is_closing():
            return
        if self._is_head_next:
            self._is_head_next = False
            self._kept = data
            self._loop.call_soon(self._send_kept)
            return
        if self._kept and len(data) <= _MOST_JOINED:
            data, self._kept = self._kept + data, b""
        self._send_kept()
        self._transport.write(data)

    def close(self) -> None:
        """Close the connection once everything is sent. If the client may still be sending, read on for a while."""
        if self.is_closing():
            return
        self._send_kept()
        if self._framing or self._framing.has_body_left:
            self._linger(_LINGER)
            return
        self._is_closing = True
        self._hall.closing(self)
        self._deadline.set(_LINGER)
        self._transport.close()

    def is_closing(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._is_closing or self._transport.is_closing()

    def refuse(self, refused: Refused) -> None:
        """Answer in place of uvicorn, unless its answer has begun, and close."""
        if self._is_closing:
            return
        self._hall.note(refused, self._address)
        is_unsaid = not self._inner.has_begun() if self._is_asked else not self._framing.has_body_left
        self._send_kept()
        if is_unsaid:
            self._say(refused)
        self._linger(_LINGER)

    def cut(self) -> None:
        """Close at once."""
        self._is_closing = True
        self._transport.abort()

    def _go_on(self) -> None:
        """Pass on everything that may be passed on now."""
        try:
            while self._framing and not self._is_closing:
                if self._framing.has_body_left:
                    self._pass_body()
                elif self._is_asked or self._client_is_full or not self._pass_head():
                    break
        except Refused as refused:
            self.refuse(refused)
        self._is_ahead = bool(self._framing) and (self._is_asked or self._client_is_full)

    def _pass_head(self) -> bool:
        """Pass on the next head if it is complete; returns whether it was."""
        head = self._framing.head()
        self._hold(len(self._framing) if head is None else 0)
        if head is None:
            if self._framing:
                self._hall.awaited(self)
                self._deadline.shorten(self._limits.head_timeout)
            return False
        self._is_asked = self._is_head_next = True
        self._note_who_waits()
        self._inner.data_received(head.octets)
        if self._is_closing:
            return False
        if self._framing.has_body_left and (head.waits or head.length is None or head.length > _SMALL_BODY):
            # If the answer comes before the end of this body, the connection closes, and the answer says so.
            self._inner.close_after()
        self._deadline.set(self._patience())
        return True

    def _pass_body(self) -> None:
        self._inner.data_received(self._framing.body())
        if self._framing.has_body_left or self._is_closing:
            return
        self._inner.may_stay()
        self._deadline.set(self._patience())
        self._note_who_waits()

    def _note_who_waits(self) -> None:
        if self._framing.has_body_left or self._client_is_full:
            self._hall.awaited(self)
        elif self._is_asked:
            self._hall.busy(self)
        else:
            self._hall.idle(self)

    def _patience(self) -> float:
        """Seconds to wait for what comes next."""
        if self._framing.has_body_left:
            return self._limits.body_timeout
        return math.inf if self._is_asked else self._limits.keep_alive

    def _take_next_turn(self) -> None:
        self._has_had_its_turn = False
        self._read_or_wait()

    def _read_or_wait(self) -> None:
        waits = not self._is_closing and (self._inner_is_full or self._is_ahead)
        reads = not waits and not self._has_had_its_turn
        if reads == self._is_reading or self._transport.is_closing():
            return
        self._is_reading = reads
        if reads:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def _send_kept(self) -> None:
        if self._kept:
            kept, self._kept = self._kept, b""
            if not self._transport.is_closing():
                self._transport.write(kept)

    def _turn_away(self, refused: Refused) -> None:
        self._hall.note(refused, self._address)
        if not self._hall.may_say_why(self):
            self.cut()
            return
        self._say(refused)
        self._linger(_FAREWELL)

    def _say(self, refused: Refused) -> None:
        words = self._hall.words(refused.status.value, refused.message, refused.code)
        self._transport.write(answer_to(refused, words))

    def _linger(self, seconds: float) -> None:
        """Send the rest and read on for a while. Closing with unread octets would make the client lose the answer."""
        self._is_closing = True
        self._hall.busy(self)
        self._hall.closing(self)
        self._detach(None)
        if self._transport.is_closing():
            return
        self._send_kept()
        self._framing.clear()
        self._hold(0)
        self._transport.write_eof()
        self._unsent = math.inf
        self._deadline.set(_FAREWELL if self._hall.is_stopping else seconds)
        self._read_or_wait()

    def _drain(self, count: int) -> None:
        self._drained += count
        if self._drained > _MOST_DRAINED:
            self.cut()

    def _hold(self, size: int) -> None:
        """Keep `size` octets of a head. Raises Refused when all connections together keep too much."""
        change, self._held = size - self._held, size
        if change:
            self._hall.hold(change)

    def _detach(self, exc: Exception | None) -> None:
        """Tell uvicorn that the connection is gone."""
        if self._is_attached:
            self._is_attached = False
            self._inner.connection_lost(exc)

    def _late(self) -> None:
        """The time limit has passed."""
        unsent = self._transport.get_write_buffer_size()
        if 0 < unsent < self._unsent:
            self._unsent = unsent
            self._deadline.set(_LINGER if self._is_closing else _STALL)
        elif self._is_closing or unsent:
            self.cut()
        elif self._inner_is_full:
            # The delay is ours: the API does not take the body.
            self._deadline.set(self._limits.body_timeout)
        elif self._framing.has_body_left:
            self.refuse(late("body", self._limits.body_timeout))
        elif self._framing.is_within_head:
            self.refuse(late("head", self._limits.head_timeout))
        else:
            self._transport.close()


class Inner(HttpToolsProtocol):
    """uvicorn's side of a connection. The door handles timeouts and queued requests, and answers malformed ones."""

    door: Door
    _would_stay = False

    def on_response_complete(self) -> None:
        """An answer is complete."""
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        self.door.answered()

    def send_400_response(self, msg: str) -> None:
        """uvicorn's parser rejects a request that the door accepted."""
        self.door.refuse(malformed("This is no HTTP/1.1 request"))

    def close_after(self) -> None:
        """Close the connection after the answer, unless the answer starts only after the whole body has come."""
        if self.cycle is not None and self.cycle.keep_alive:
            self.cycle.keep_alive = False
            self._would_stay = True

    def may_stay(self) -> None:
        """The whole body has come."""
        if self._would_stay and not self.cycle.response_started:
            self.cycle.keep_alive = True
        self._would_stay = False

    def has_begun(self) -> bool:
        """Whether a part of the answer to the current request was sent."""
        return self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete


class _Outlet:
    """The object that uvicorn uses as its transport."""

    def __init__(self, door: Door, transport: asyncio.Transport) -> None:
        self.write = door.write
        self.close = door.close
        self.is_closing = door.is_closing
        self.get_extra_info: Callable[[str], Any] = transport.get_extra_info
        self._door = door

    def pause_reading(self) -> None:
        """Stop the rest of a body."""
        self._door.fill(True)

    def resume_reading(self) -> None:
        """Let the rest of a body come."""
        self._door.fill(False)
