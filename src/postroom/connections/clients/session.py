"""Joins the pure IMAP connection to a stream: bytes come in, futures are completed. It has no tasks and no time limits.

An idle session costs only memory, so a process can hold thousands. The waiting is in imap_client.py.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final, TypeVar

from postroom.connections.clients.memory import memory_of
from postroom.connections.clients.news import NEWS, News, Unasked, light, new_news
from postroom.connections.failures import ConnectionLost, Phase, lost
from postroom.connections.sockets.stream import Stream
from postroom.connections.transcripts.imap_script import ImapScript
from postroom.connections.transcripts.tap import NO_TAP, Tap
from postroom.imap.commands.command import Command
from postroom.imap.commands.session import Logout
from postroom.imap.dialogue.connection import ImapConnection
from postroom.imap.dialogue.events import (
    Alert,
    ByeReceived,
    Completed,
    ConnectionClosed,
    Event,
    Failed,
    GreetingReceived,
    Unsolicited,
)
from postroom.imap.errors import CommandFailed, RemoteProtocolError
from postroom.imap.limits import Limits
from postroom.imap.parsing.parse import parse_response
from postroom.imap.parsing.wire import RawResponse
from postroom.imap.responses import Response, StatusResponse
from postroom.words.strangers import NO_SECRETS, Secrets

__all__ = ["News", "Session"]

T = TypeVar("T")

_AT_ONCE: Final = 8
"""Responses parsed in one step."""

_SHORT: Final = 1024
"""Octets of text. A longer response ends the step. What is sent is joined up to this length."""

_LONG: Final = 16 * 1024
"""Octets of text. A longer response is parsed in a thread; honest servers hardly send any."""

_READERS: Final = ThreadPoolExecutor(1, thread_name_prefix="imap-reader")
_REMARKS_KEPT: Final = 3
_PHASES: Final[dict[str, Phase]] = {"IDLE": "idle", "SELECT": "select", "EXAMINE": "select"}


class Session:
    """One session on one socket.

    `opening` is the present phase of the opening, None once the session is open. `failure` is the error that ended it;
    `when_ended` is called at the end. `heard` is the loop's time when the last bytes came, `received` their number up
    to now. `remarks` are texts besides its answers during the opening. `secrets` must be removed from its texts.
    """

    __slots__ = (
        "_answers",
        "_held",
        "_loop",
        "_memory",
        "_news",
        "_reading_aside",
        "_script",
        "_stream",
        "_unasked",
        "_waits_for_memory",
        "_wake",
        "_woken",
        "connection",
        "failure",
        "greeting",
        "heard",
        "opening",
        "received",
        "remarks",
        "secrets",
        "when_ended",
    )

    def __init__(self, limits: Limits | None = None, secrets: Secrets = NO_SECRETS, tap: Tap = NO_TAP) -> None:
        self._loop = asyncio.get_running_loop()
        self.connection = ImapConnection(limits=limits, secrets=secrets)
        self.secrets = secrets
        self._script = self.connection.outgoing.listener = ImapScript(tap, secrets)
        self._stream = Stream(self)
        self._answers: dict[Command[Any], asyncio.Future[Any]] = {}
        self._news: deque[News] | None = None
        self._unasked = Unasked()
        self._memory = memory_of(self._loop)
        self._held = self.received = 0
        self._waits_for_memory = self._reading_aside = self._woken = False
        # Ends a wait for the greeting, for news, or for the end of the session.
        self._wake: asyncio.Future[None] | None = None
        self.greeting: Event | None = None
        self.heard = self._loop.time()
        self.opening: Phase | None = "greeting"
        self.remarks: tuple[str, ...] = ()
        self.failure: BaseException | None = None
        self.when_ended: Callable[[], None] | None = None

    # Called by the client.

    @property
    def unsent(self) -> int:
        """Bytes written that the system has not taken yet."""
        return self._stream.unsent

    @property
    def pending(self) -> int:
        """The number of commands without an answer."""
        return len(self._answers)

    @property
    def security(self) -> tuple[str, str] | None:
        """TLS version and cipher, None in plaintext."""
        return self._stream.security

    @property
    def certificate(self) -> bytes:
        """The server's certificate (DER), empty in plaintext."""
        return self._stream.certificate

    async def attach(self, connection: socket.socket) -> None:
        """Take over the connected socket."""
        self._script.connected(connection)
        await self._stream.attach(connection)

    def expect_tls(self, context: ssl.SSLContext, server_name: str) -> None:
        """Treat all bytes from now on as TLS. For implicit TLS, call it before `attach`."""
        self._stream.expect_tls(context, server_name)

    async def handshake(self) -> None:
        """Do the TLS handshake after `expect_tls`. Raises ssl.SSLError, OSError."""
        await self._stream.handshake()
        self._script.secured(*(self.security or ()))

    def send(self, command: Command[T]) -> asyncio.Future[T]:
        """Send a command. The future gets its result, or raises CommandFailed or ConnectionLost.

        Raises ConnectionLost when the session has ended, LocalProtocolError when the command may not be sent.
        """
        if self.failure is not None:
            raise self.lost(self._phase(command.name))
        self.connection.send(command)
        answer: asyncio.Future[T] = self._answers.setdefault(command, self._loop.create_future())
        self.flush()
        return answer

    def flush(self) -> None:
        """Write the octets that the connection has ready."""
        for octets in _joined(self.connection.data_to_send()):
            self._stream.write(octets)

    async def wait(self, answer: asyncio.Future[Any] | None = None) -> None:
        """Wait for the greeting, news, this answer, `wake` or the end of the session, whichever comes first."""
        if not self._woken:
            wake = self._wake = self._loop.create_future()
            if answer is not None:
                answer.add_done_callback(lambda _: _done(wake))
            try:
                await wake
            finally:
                self._wake = None
        self._woken = False

    def wake(self) -> None:
        """End the current wait, or the next one if there is none."""
        self._woken = True
        _done(self._wake)

    @property
    def news(self) -> Sequence[News]:
        """The news that were not taken yet."""
        return self._news or ()

    def take_news(self) -> list[News]:
        """The news since the last call."""
        news, self._news = self._news, None
        return list(news or ())

    def lost(self, phase: Phase) -> ConnectionLost:
        """The error to raise when the ended session is used."""
        return lost(self.failure or ConnectionResetError("The session is closed"), phase, self.secrets)

    def end(self, error: BaseException, *, politely: bool = False) -> None:
        """End the session because of `error`; only the first call has an effect."""
        if self.failure is not None:
            return
        self.failure = error
        self._script.ended(error)
        for event in self.connection.receive_eof():
            self._take(event)
        # Answers that were read in the same step as the broken data are lost too.
        for command in list(self._answers):
            self._fail(Failed(command, CommandFailed("BYE", None, "", command.name)))
        _done(self._wake)
        self._hold(0)
        (self._stream.close if politely else self._stream.abort)()
        if self.when_ended is not None:
            self.when_ended()

    # Called by the stream.

    def bytes_received(self, data: bytes) -> None:
        self.heard = self._loop.time()
        self.received += len(data)
        try:
            self.connection.feed(data)
        except RemoteProtocolError as error:
            self.end(error)

    @property
    def is_busy(self) -> bool:
        """Whether a long response is being parsed in a thread, or the session waits for memory to receive one."""
        return (self._reading_aside or self._waits_for_memory) and self.failure is None

    def _hold(self, octets: int) -> None:
        if octets or self._held:
            self._held = octets
            self._waits_for_memory = not self._memory.hold(self, octets)

    def granted(self) -> None:
        """The memory for the announced data is granted."""
        self._waits_for_memory = False
        self.heard = self._loop.time()
        self._stream.go_on()

    def read_on(self) -> bool:
        """Parse a few responses; returns False when there is nothing to do now."""
        if self.failure is not None or self._reading_aside or self._waits_for_memory:
            return False
        try:
            self._unasked.count(self.connection.unasked, self._loop.time)
            return self._read_some()
        except RemoteProtocolError as error:
            self.end(error)
            return False

    def _read_some(self) -> bool:
        connection = self.connection
        for _ in range(_AT_ONCE):
            raw = connection.frame()
            if raw is None:
                if connection.is_behind:
                    return True
                self._take_all(connection.write_waiting())
                self.flush()
                self._hold(connection.held)
                return False
            if len(raw.text) > _LONG:
                self._read_aside(raw)
                return False
            self._take_all(connection.take(raw, parse_response(raw, connection.limits)))
            if len(raw.text) > _SHORT:
                break
        return self.failure is None

    def _read_aside(self, raw: RawResponse) -> None:
        """Parse a long response in a thread, so that the loop goes on; the stream receives nothing until it is done."""
        self._reading_aside = True
        reading = self._loop.run_in_executor(_READERS, parse_response, raw, self.connection.limits)
        reading.add_done_callback(partial(self._read, raw))

    def _read(self, raw: RawResponse, reading: asyncio.Future[Response]) -> None:
        self._reading_aside = False
        if self.failure is not None or reading.cancelled():
            return
        error = reading.exception()
        if error is None:
            try:
                self._take_all(self.connection.take(raw, reading.result()))
            except RemoteProtocolError as refusal:
                error = refusal
        if error is not None:
            self.end(error)
        self._stream.go_on()

    def stream_ended(self, error: Exception | None) -> None:
        self.end(error or ConnectionResetError("The server closed the connection"))

    # The effects of events.

    def _take_all(self, events: list[Event]) -> None:
        for event in events:
            self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case GreetingReceived():
                self._greeted(event)
            case Completed():
                answer = self._answers.pop(event.command, None)
                if answer is not None and not answer.done():
                    answer.set_result(event.result)
            case Failed():
                self._fail(event)
            case Unsolicited(response=response):
                self._hear(response)
            case Alert(text=text):
                self._remark(text)
            case ByeReceived():
                self._bye(event)
            case ConnectionClosed():
                self.end(ConnectionResetError("The server closed the connection"))

    def _greeted(self, event: Event) -> None:
        if self.greeting is None:
            self.greeting = event
            _done(self._wake)

    def _bye(self, event: ByeReceived) -> None:
        self._greeted(event)
        # Servers may keep the stream open after BYE, or repeat it for ever, so the session is closed at once. During a
        # logout the session ends anyway when the answer comes.
        if not any(isinstance(command, Logout) for command in self._answers):
            self.end(CommandFailed("BYE", event.code, event.text, "the session", self.secrets))

    def _fail(self, event: Failed) -> None:
        answer = self._answers.pop(event.command, None)
        if answer is None or answer.done():
            return
        error = event.error
        if isinstance(error, CommandFailed) and error.status == "BYE":
            answer.set_exception(lost(self.failure or error, self._phase(event.command.name), self.secrets))
        else:
            answer.set_exception(error)

    def _hear(self, response: object) -> None:
        if isinstance(response, NEWS):
            if self._news is None:
                self._news = new_news()
            news = light(response)
            if news is not None:
                self._news.append(news)
            _done(self._wake)
        elif isinstance(response, StatusResponse) and response.status != "OK":
            # Gmail sends an untagged NO that names the page to open, before it refuses a login.
            arguments = response.code.arguments if response.code is not None else ()
            self._remark(" ".join((response.text, *map(str, arguments))))

    def _remark(self, text: str) -> None:
        if self.opening is not None:
            self.remarks = (*self.remarks, text)[:_REMARKS_KEPT]

    def _phase(self, command: str) -> Phase:
        """The phase to report when the session is lost during this command."""
        return self.opening or _PHASES.get(command, "sync")


def _done(future: asyncio.Future[None] | None) -> None:
    if future is not None and not future.done():
        future.set_result(None)


def _joined(pieces: list[bytes]) -> list[bytes]:
    """Return short pieces as one, which is one call of the system and often one TLS record."""
    return [b"".join(pieces)] if len(pieces) > 1 and sum(map(len, pieces)) <= _SHORT else pieces
