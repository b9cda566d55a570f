"""One connection of the fake IMAP server: its sockets, its state, and the loop that answers commands."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn, TypeAlias

from tests.fakes.imap.command import LITERAL_AT_END, Command, parse_command
from tests.fakes.imap.mailstore import Mailbox, usual_mailboxes
from tests.fakes.statistics import Statistics


class ConnectionOver(Exception):
    """Either side has ended the connection; the session's task ends with it."""


@dataclass
class World:
    """The state that all sessions of one server share: accounts, mail, capabilities, statistics."""

    capabilities: tuple[str, ...]
    capabilities_after_login: tuple[str, ...]
    password: str
    passwords: dict[str, str] = field(default_factory=dict)
    starttls_context: ssl.SSLContext | None = None
    server_id: dict[str, str] = field(default_factory=lambda: {"name": "Fake IMAP server"})
    users: dict[str, dict[str, Mailbox]] = field(default_factory=dict)
    statistics: Statistics = field(default_factory=Statistics)
    sessions: set[Session] = field(default_factory=set)

    def mailboxes(self, user: str) -> dict[str, Mailbox]:
        """The user's mailboxes by name, made on first use."""
        return self.users.setdefault(user, usual_mailboxes())

    def accepts(self, user: str, password: str) -> bool:
        """Whether this is the user's password."""
        return password == self.passwords.get(user, self.password)


@dataclass(frozen=True)
class Behaviour:
    """How a connection differs from a good server's: in its greeting, or in its answers to some commands.

    `on_connect` greets, or not, and may end the connection by raising ConnectionOver. `on_command` replaces the answer
    to commands by name, `*` to every command. A handler that also wants the usual answer calls
    `session.answer_normally(command)`. `on_literal` sees a command up to a literal that the client announces, and
    returns whether it may be sent. After False the command is over, because the server refused it.
    """

    on_connect: Callable[[Session], Awaitable[None]] | None = None
    on_command: Mapping[str, Handler] = field(default_factory=dict)
    on_literal: Callable[[Session, bytes], Awaitable[bool]] | None = None

    def __or__(self, other: Behaviour) -> Behaviour:
        """Both differences; where they overlap, `other` wins."""
        return Behaviour(
            other.on_connect or self.on_connect,
            {**self.on_command, **other.on_command},
            other.on_literal or self.on_literal,
        )


class Session:
    """One connection. Handlers use `line`, `send`, `tagged`, `read_line`, `close` and `abort`."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        world: World,
        behaviour: Behaviour,
        usual_answers: Mapping[str, Handler],
        number: int,
    ) -> None:
        self.reader = reader
        self.writer = writer
        self.world = world
        self.behaviour = behaviour
        self.number = number
        self.user: str | None = None
        self.selected: Mailbox | None = None
        self.idling = False
        self.pause_per_byte = 0.0
        self.encrypted = writer.get_extra_info("ssl_object") is not None
        self._usual_answers = usual_answers
        self._waiting_lines: list[str] = []

    async def converse(self) -> None:
        """Greet, then answer commands until the connection is over."""
        self.world.statistics.record("connect", self.number)
        self.world.sessions.add(self)
        try:
            await (self.behaviour.on_connect or greet)(self)
            while True:
                await self._answer(await self.read_command())
        except (ConnectionOver, ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, TimeoutError):
            pass
        finally:
            self.world.sessions.discard(self)
            self.world.statistics.record("close", self.number, self.user or "")
            self.writer.close()

    async def _answer(self, command: Command) -> None:
        self.world.statistics.record("command", self.number, command.name)
        special = self.behaviour.on_command
        handler = special.get(command.name) or special.get("*")
        await (handler(self, command) if handler else self.answer_normally(command))

    async def answer_normally(self, command: Command) -> None:
        """Answer like a good server."""
        handler = self._usual_answers.get(command.name)
        if handler is None:
            await self.tagged(command, "BAD", f"{command.name} is unknown here")
            return
        await handler(self, command)

    # Receiving

    async def read_command(self) -> Command:
        """Wait for a whole command, asking for its literals; raise ConnectionOver at the end of the stream."""
        raw = b""
        while True:
            raw += await self.read_line()
            literal = LITERAL_AT_END.search(raw)
            if literal is None:
                return parse_command(raw)
            if self.behaviour.on_literal is not None and not await self.behaviour.on_literal(self, raw):
                raw = b""
                continue
            if not literal[2]:
                await self.line("+ Ready for the literal")
            raw += await self.reader.readexactly(int(literal[1]))

    async def read_line(self) -> bytes:
        """Wait for one line; raise ConnectionOver at the end of the stream."""
        line = await self.reader.readline()
        if not line:
            raise ConnectionOver
        return line

    async def stay_silent(self) -> NoReturn:
        """Send nothing more, and read and ignore everything until the client leaves."""
        while await self.reader.read(65536):
            pass
        raise ConnectionOver

    # Sending

    async def send(self, data: bytes) -> None:
        """Send bytes unchanged, one by one if `pause_per_byte` is set."""
        while data and self.pause_per_byte:
            self.writer.write(data[:1])
            data = data[1:]
            await self.writer.drain()
            await asyncio.sleep(self.pause_per_byte)
        self.writer.write(data)
        await self.writer.drain()

    async def line(self, text: str) -> None:
        """Send one line."""
        await self.send(f"{text}\r\n".encode(errors="surrogateescape"))

    async def tagged(self, command: Command, status: str = "OK", text: str = "Done") -> None:
        """Send the pending news, then the command's tagged answer."""
        await self.flush_news()
        await self.line(f"{command.tag} {status} {text}")

    def tell(self, text: str) -> None:
        """Send news (EXISTS, EXPUNGE, FETCH): at once in IDLE, otherwise with the next answer."""
        if self.idling:
            with contextlib.suppress(ConnectionError):
                self.writer.write(f"{text}\r\n".encode())
        else:
            self._waiting_lines.append(text)

    async def flush_news(self) -> None:
        """Send the pending news."""
        lines, self._waiting_lines = self._waiting_lines, []
        for text in lines:
            await self.line(text)

    async def start_tls(self) -> None:
        """Begin the TLS handshake as the server."""
        assert self.world.starttls_context is not None
        await self.writer.start_tls(self.world.starttls_context)
        self.encrypted = True

    # Ending

    def close(self) -> NoReturn:
        """Send all written data, close in order, and end the session."""
        self.writer.close()
        raise ConnectionOver

    def abort(self) -> NoReturn:
        """Drop the connection with its unsent data, and end the session."""
        self.writer.transport.abort()
        raise ConnectionOver


Handler: TypeAlias = Callable[[Session, Command], Awaitable[None]]


async def greet(session: Session) -> None:
    """The greeting of a good server."""
    await session.line(f"* OK [CAPABILITY {' '.join(session.world.capabilities)}] Fake IMAP server ready")
