"""The pure IMAP connection joined to a stream: bytes come in, futures are done. No task, no time limit.

A session that waits for nothing costs memory only, so thousands can be held; the waiting is in imap_client.py.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import deque
from typing import Any, Final, TypeAlias, TypeVar

from postroom.connections.failures import ConnectionLost, Phase, lost
from postroom.connections.stream import Stream
from postroom.imap.commands.command import Command
from postroom.imap.commands.session import Logout
from postroom.imap.connection import ImapConnection
from postroom.imap.errors import CommandFailed, RemoteProtocolError
from postroom.imap.events import (
    Alert,
    ByeReceived,
    Completed,
    ConnectionClosed,
    Event,
    Failed,
    GreetingReceived,
    Unsolicited,
)
from postroom.imap.limits import Limits
from postroom.imap.responses import (
    ExistsData,
    ExpungeData,
    FetchData,
    ListData,
    StatusData,
    StatusResponse,
    VanishedData,
)

__all__ = ["News", "Session"]

T = TypeVar("T")

News: TypeAlias = ExistsData | ExpungeData | VanishedData | FetchData | StatusData | ListData
"""What the server tells of its own accord about mail or mailboxes."""

_NEWS: Final = (ExistsData, ExpungeData, VanishedData, FetchData, StatusData, ListData)
_NEWS_KEPT: Final = 1000
_REMARKS_KEPT: Final = 3
_PHASES: Final[dict[str, Phase]] = {"IDLE": "idle", "SELECT": "select", "EXAMINE": "select"}


class Session:
    """One session on one socket.

    `opening` is the phase of opening it is in, None once it is open. `failure` is why it ended, None while it lives.
    `heard` is the loop's time of the last bytes from the server. `greeting` is the server's first word. `remarks` are
    what it said besides its answers while the session was opened.
    """

    __slots__ = (
        "_answers",
        "_loop",
        "_news",
        "_stream",
        "_wake",
        "_woken",
        "connection",
        "failure",
        "greeting",
        "heard",
        "opening",
        "remarks",
    )

    def __init__(self, limits: Limits | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self.connection = ImapConnection(limits=limits)
        self._stream = Stream(self)
        self._answers: dict[Command[Any], asyncio.Future[Any]] = {}
        self._news: deque[News] | None = None
        # Ends the wait for something that is no answer: the greeting, news, or the end of the session.
        self._wake: asyncio.Future[None] | None = None
        self._woken = False
        self.greeting: Event | None = None
        self.heard = self._loop.time()
        self.opening: Phase | None = "greeting"
        self.remarks: tuple[str, ...] = ()
        self.failure: BaseException | None = None

    # What the client does.

    @property
    def unsent(self) -> int:
        """Bytes of ours that the system has not taken yet."""
        return self._stream.unsent

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
        await self._stream.attach(connection)

    def expect_tls(self, context: ssl.SSLContext, server_name: str) -> None:
        """Take every byte from now on for TLS; call it before `attach` for a server that speaks TLS from the start."""
        self._stream.expect_tls(context, server_name)

    async def handshake(self) -> None:
        """Shake hands after `expect_tls`. Raises ssl.SSLError, OSError."""
        await self._stream.handshake()

    def send(self, command: Command[T]) -> asyncio.Future[T]:
        """Send a command. Its answer is the future's result, CommandFailed or ConnectionLost.

        Raises ConnectionLost when the session is over, LocalProtocolError when the command may not be sent.
        """
        if self.failure is not None:
            raise self.lost(self._phase(command.name))
        self.connection.send(command)
        answer: asyncio.Future[T] = self._loop.create_future()
        self._answers[command] = answer
        self.flush()
        return answer

    def flush(self) -> None:
        """Write what the connection has to say."""
        for octets in self.connection.data_to_send():
            self._stream.write(octets)

    async def wait(self, answer: asyncio.Future[Any] | None = None) -> None:
        """Wait for the greeting, news, this answer, `wake` or the end of the session, whichever is first."""
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
        """End the wait that is going on, or the next one if there is none."""
        self._woken = True
        _done(self._wake)

    @property
    def has_news(self) -> bool:
        """Whether the server has told news that nobody took yet."""
        return bool(self._news)

    def take_news(self) -> list[News]:
        """The news since they were last taken."""
        news, self._news = self._news, None
        return list(news or ())

    def lost(self, phase: Phase) -> ConnectionLost:
        """The error for whoever wants something of a session that is over."""
        return lost(self.failure or ConnectionResetError("The session is closed"), phase)

    def end(self, error: BaseException, *, politely: bool = False) -> None:
        """End the session because of `error`; only the first call counts."""
        if self.failure is not None:
            return
        self.failure = error
        for event in self.connection.receive_eof():
            self._take(event)
        # Answers that were read together with what broke the stream are lost with it.
        for command in list(self._answers):
            self._fail(Failed(command, CommandFailed("BYE", None, "", command.name)))
        _done(self._wake)
        (self._stream.close if politely else self._stream.abort)()

    # What the stream tells.

    def bytes_received(self, data: bytes) -> None:
        self.heard = self._loop.time()
        try:
            events = self.connection.receive_data(data)
        except RemoteProtocolError as error:
            self.end(error)
            return
        for event in events:
            self._take(event)
        self.flush()

    def stream_ended(self, error: Exception | None) -> None:
        self.end(error or ConnectionResetError("The server closed the connection"))

    # What the events mean.

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
        # Servers keep the stream open after BYE, or say it for ever, so it is closed at once. A session that is
        # logging out ends anyway, after the answer.
        if not any(isinstance(command, Logout) for command in self._answers):
            self.end(CommandFailed("BYE", event.code, event.text, "the session"))

    def _fail(self, event: Failed) -> None:
        answer = self._answers.pop(event.command, None)
        if answer is None or answer.done():
            return
        error = event.error
        if isinstance(error, CommandFailed) and error.status == "BYE":
            answer.set_exception(lost(self.failure or error, self._phase(event.command.name)))
        else:
            answer.set_exception(error)

    def _hear(self, response: object) -> None:
        if isinstance(response, _NEWS):
            if self._news is None:
                self._news = deque(maxlen=_NEWS_KEPT)
            self._news.append(response)
            _done(self._wake)
        elif isinstance(response, StatusResponse) and response.status != "OK":
            # Gmail tells which page to open in an untagged NO before it refuses a login.
            arguments = response.code.arguments if response.code is not None else ()
            self._remark(" ".join((response.text, *map(str, arguments))))

    def _remark(self, text: str) -> None:
        if self.opening is not None and len(self.remarks) < _REMARKS_KEPT:
            self.remarks = (*self.remarks, text)

    def _phase(self, command: str) -> Phase:
        """The phase of a session that is lost while this command runs."""
        return self.opening or _PHASES.get(command, "sync")


def _done(future: asyncio.Future[None] | None) -> None:
    if future is not None and not future.done():
        future.set_result(None)
