"""A small SMTP submission server (RFC 5321, 4954, 3207): records messages, refuses what it is told to refuse.

async with FakeSmtpServer() as server:                 # any user, password "pass"
    server.reply_with("RCPT", "550 5.1.1 No such user")     # every later RCPT; None: the usual reply
    server.drop_on("DATA")                                  # close instead of answering
    assert server.messages[0].recipients == ["b@example.test"]
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
import ssl
from dataclasses import dataclass, field
from typing import Literal, Self

from tests.fakes.certificates import server_certificate
from tests.fakes.ports import PortReservation
from tests.fakes.statistics import Statistics


@dataclass(frozen=True)
class ReceivedMessage:
    """A message that was accepted; `content` has its dots unstuffed."""

    user: str | None
    sender: str
    recipients: list[str]
    content: bytes


@dataclass
class _Dialogue:
    """One connection and the commands on it so far."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    number: int
    encrypted: bool
    user: str | None = None
    sender: str | None = None
    recipients: list[str] = field(default_factory=list)

    async def reply(self, *lines: str) -> None:
        """Send a reply; several lines are the parts of one reply, each with its code."""
        marked = [line if line is lines[-1] else line[:3] + "-" + line[4:] for line in lines]
        self.writer.write("".join(f"{line}\r\n" for line in marked).encode())
        await self.writer.drain()

    async def line(self) -> str:
        """Wait for a line; ConnectionError at the end of the stream."""
        line = await self.reader.readline()
        if not line:
            raise ConnectionResetError
        return line.decode(errors="replace").rstrip("\r\n")


class FakeSmtpServer:
    """Listens on 127.0.0.1. `tls` is None, "starttls" or "implicit"; XOAUTH2's token is the password too.

    `ignores_initial`: an initial response of AUTH is not read, but asked for. `prompts` are those of AUTH LOGIN as they
    are sent. The answer to a `u` in `prompted` is the user name, to a `p` the password.

    `statistics` counts connections, `login` and `refused` with the user, and commands by name.
    """

    host = "127.0.0.1"

    def __init__(
        self,
        *,
        tls: Literal["starttls", "implicit"] | None = None,
        password: str = "pass",
        mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN", "XOAUTH2"),
        auth_needs_tls: bool = False,
        ignores_initial: bool = False,
        prompts: tuple[str, ...] = ("VXNlcm5hbWU6", "UGFzc3dvcmQ6"),
        prompted: str = "up",
        extensions: tuple[str, ...] = ("8BITMIME", "SMTPUTF8", "SIZE 35882577", "ENHANCEDSTATUSCODES"),
    ) -> None:
        self._reservation = PortReservation()
        self.port = self._reservation.port
        self.password = password
        self.messages: list[ReceivedMessage] = []
        self.statistics = Statistics()
        self._tls = tls
        self._context = server_certificate().server_context() if tls else None
        self._mechanisms = mechanisms
        self._auth_needs_tls = auth_needs_tls
        self._extensions = extensions
        self._ignores_initial = ignores_initial
        self._prompts, self._prompted = prompts, prompted
        self._replies: dict[str, str] = {}
        self._drops: set[str] = set()
        self._silences: set[str] = set()
        self._drips: dict[str, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: asyncio.Server | None = None

    def client_context(self) -> ssl.SSLContext:
        """A TLS context that trusts this server."""
        return server_certificate().client_context()

    # Behaviour. The stages are the commands' names, `GREETING`, and `END` (the dot after DATA).

    def reply_with(self, stage: str, reply: str | None) -> None:
        """Set the reply at a stage, such as `421 4.7.0 Try later`; None restores the usual reply."""
        self._replies.pop(stage, None)
        if reply is not None:
            self._replies[stage] = reply

    def drop_on(self, stage: str) -> None:
        """Close the connection instead of replying at a stage."""
        self._drops.add(stage)

    def stay_silent_on(self, stage: str) -> None:
        """Send no reply at a stage, and keep the connection open."""
        self._silences.add(stage)

    def drip_on(self, stage: str, code: int) -> None:
        """Reply at a stage with endless lines that announce a further one (RFC 5321 section 4.2.1)."""
        self._drips[stage] = f"{code}-still here\r\n"

    def behave(self) -> None:
        """Restore the usual replies at all stages."""
        self._drips.clear()
        self._replies.clear()
        self._drops.clear()
        self._silences.clear()

    # Life

    async def start(self) -> None:
        """Listen, on the same port at every start."""
        context = self._context if self._tls == "implicit" else None
        self._listener = await asyncio.start_server(self._serve, self.host, self.port, ssl=context)

    async def stop(self) -> None:
        """Refuse new connections and drop the open ones."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        self._reservation.release()

    # Internals

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        dialogue = _Dialogue(reader, writer, self.statistics.connections + 1, self._tls == "implicit")
        self.statistics.record("connect", dialogue.number)
        try:
            await self._converse(dialogue)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            # Python 3.11 reports a cancelled connection handler as an unhandled error. Here the cancellation is
            # intended.
            writer.transport.abort()
        finally:
            self.statistics.record("close", dialogue.number, dialogue.user or "")
            self._tasks.discard(task)
            writer.close()

    async def _converse(self, dialogue: _Dialogue) -> None:
        if not await self._is_scripted(dialogue, "GREETING"):
            await dialogue.reply("220 fake.example.test ESMTP ready")
        while not dialogue.writer.is_closing():
            line = await dialogue.line()
            name, _, rest = line.partition(" ")
            name = name.upper()
            self.statistics.record("command", dialogue.number, name)
            if not await self._is_scripted(dialogue, name):
                await self._answer(dialogue, name, rest)

    async def _is_scripted(self, dialogue: _Dialogue, stage: str) -> bool:
        """Run the script of this stage; return False if there is none."""
        if stage in self._drops:
            dialogue.writer.close()
        elif stage in self._silences:
            while await dialogue.reader.read(65536):
                pass
            dialogue.writer.close()
        elif stage in self._drips:
            while not dialogue.reader.at_eof():
                dialogue.writer.write(self._drips[stage].encode())
                await asyncio.sleep(0.1)
            dialogue.writer.close()
        elif stage in self._replies:
            await dialogue.reply(self._replies[stage])
            if self._replies[stage].startswith("421"):
                dialogue.writer.close()
        else:
            return False
        return True

    async def _answer(self, dialogue: _Dialogue, name: str, rest: str) -> None:
        match name:
            case "EHLO":
                await dialogue.reply("250 fake.example.test", *(f"250 {item}" for item in self._offers(dialogue)))
            case "STARTTLS" if self._tls == "starttls" and not dialogue.encrypted:
                await self._start_tls(dialogue)
            case "AUTH":
                await self._authenticate(dialogue, rest)
            case "MAIL":
                dialogue.sender, dialogue.recipients = _address(rest), []
                await dialogue.reply("250 2.1.0 Sender accepted")
            case "RCPT" if dialogue.sender is not None:
                dialogue.recipients.append(_address(rest))
                await dialogue.reply("250 2.1.5 Recipient accepted")
            case "DATA" if dialogue.recipients:
                await self._receive_message(dialogue)
            case "HELO" | "NOOP" | "RSET":
                await dialogue.reply("250 2.0.0 OK")
            case "QUIT":
                await dialogue.reply("221 2.0.0 Bye")
                dialogue.writer.close()
            case _:
                await dialogue.reply("503 5.5.1 Not now")

    def _offers(self, dialogue: _Dialogue) -> list[str]:
        offers = list(self._extensions)
        if self._tls == "starttls" and not dialogue.encrypted:
            offers.append("STARTTLS")
        if self._mechanisms and (dialogue.encrypted or not self._auth_needs_tls):
            offers.append("AUTH " + " ".join(self._mechanisms))
        return offers

    async def _start_tls(self, dialogue: _Dialogue) -> None:
        assert self._context is not None
        await dialogue.reply("220 2.0.0 Begin TLS now")
        await dialogue.writer.start_tls(self._context)
        dialogue.encrypted = True

    async def _authenticate(self, dialogue: _Dialogue, rest: str) -> None:
        mechanism, _, initial = rest.partition(" ")
        if mechanism.upper() not in self._mechanisms:
            await dialogue.reply("504 5.5.4 This mechanism is not offered")
            return
        try:
            user, secret = await self._credentials(dialogue, mechanism.upper(), initial)
        except (binascii.Error, ValueError):
            await dialogue.reply("501 5.5.2 Not understood")
            return
        accepted = secret == self.password
        self.statistics.record("login" if accepted else "refused", dialogue.number, user)
        if accepted:
            dialogue.user = user
        await dialogue.reply("235 2.7.0 Accepted" if accepted else "535 5.7.8 Credentials invalid")

    async def _credentials(self, dialogue: _Dialogue, mechanism: str, initial: str) -> tuple[str, str]:
        async def ask(prompt: str) -> str:
            await dialogue.reply(f"334 {prompt}")
            return _decoded(await dialogue.line())

        given = [] if self._ignores_initial or not initial else [_decoded(initial)]
        if mechanism == "LOGIN":
            said = {"u": "", "p": ""}
            for part, prompt in zip(self._prompted, self._prompts, strict=True):
                said[part] = given.pop() if given else await ask(prompt)
            return said["u"], said["p"]
        response = given.pop() if given else await ask("")
        if mechanism == "PLAIN":
            _, user, password = response.split("\0")
            return user, password
        user, bearer, *_ = response.split("\x01")
        return user.removeprefix("user="), bearer.removeprefix("auth=Bearer ")

    async def _receive_message(self, dialogue: _Dialogue) -> None:
        await dialogue.reply("354 Send it, end with a dot")
        text = await dialogue.reader.readuntil(b"\r\n.\r\n")
        if await self._is_scripted(dialogue, "END"):
            return
        content = re.sub(rb"(?m)^\.", b"", text.removesuffix(b".\r\n"))
        assert dialogue.sender is not None
        self.messages.append(ReceivedMessage(dialogue.user, dialogue.sender, dialogue.recipients, content))
        dialogue.sender, dialogue.recipients = None, []
        await dialogue.reply(f"250 2.0.0 Queued as {len(self.messages)}")


def _address(argument: str) -> str:
    match = re.search(r"<([^>]*)>", argument)
    return match[1] if match else ""


def _decoded(text: str) -> str:
    return base64.b64decode(text.encode(), validate=True).decode()
