"""A small SMTP submission server (RFC 5321, 4954, 3207, 2920, 3030): counts messages, and fails where it is told to.

async with FakeSmtpServer(extensions=ALL_EXTENSIONS) as server:     # any user, password "pass"
    server.reply_with("RCPT", "550 5.1.1 No such user")     # every later RCPT; None: the usual reply
    server.reply_with("RCPT b@example.test", "451 4.2.0 Later", times=1)    # of this recipient, once
    server.drop_on("DATA")                                  # close instead of answering
    server.drop_on("END")                                   # after the dot: the message is not taken
    server.drop_on("TAKEN")                                 # after the dot: the message is taken, the answer is lost
    server.stay_silent_on("TAKEN")                          # the same, and the connection stays open
    server.delay_on("TAKEN", 0.2)                           # the answer comes late
    server.drop_in_data(after=100)                          # in the middle of the message
    server.say_more_on("MAIL", "250 2.0.0 Surplus")         # an extra reply after the usual one
    server.behave()                                         # all is as usual again
    assert server.messages[0].recipients == ["b@example.test"]      # those that were taken, in order
    assert server.copies_of("<id@example.test>") == 1
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import re
import ssl
from dataclasses import dataclass, field
from typing import Literal, Self

from tests.fakes.certificates import server_certificate
from tests.fakes.ports import PortReservation
from tests.fakes.smtp_script import SmtpDialogue, SmtpScript
from tests.fakes.statistics import Statistics


@dataclass(frozen=True)
class ReceivedMessage:
    """A message that was accepted; `content` has its dots unstuffed. `parameters`: of MAIL, and of each RCPT."""

    user: str | None
    sender: str
    recipients: list[str]
    content: bytes
    parameters: list[str] = field(default_factory=list)
    connection: int = 0
    command: str = "DATA"


ALL_EXTENSIONS = (
    *("8BITMIME", "SMTPUTF8", "SIZE 35882577", "ENHANCEDSTATUSCODES"),
    *("PIPELINING", "CHUNKING", "DSN", "LIMITS RCPTMAX=100"),
)


class FakeSmtpServer:
    """Listens on 127.0.0.1. `tls` is None, "starttls" or "implicit"; XOAUTH2's token is the password too.

    `ignores_initial`: an initial response of AUTH is not read, but asked for. `prompts` are those of AUTH LOGIN as they
    are sent. The answer to a `u` in `prompted` is the user name, to a `p` the password.

    `most_recipients`: further ones of a transaction are answered by 452 4.5.3. `forgets_pipelined`: a command throws
    away what the client has sent after it. `lines` are the commands of all connections, as they came.

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
        most_recipients: int | None = None,
        forgets_pipelined: bool = False,
    ) -> None:
        self._reservation = PortReservation()
        self.port = self._reservation.port
        self.password = password
        self.messages: list[ReceivedMessage] = []
        self.lines: list[str] = []
        self.most_recipients = most_recipients
        self.forgets_pipelined = forgets_pipelined
        self.statistics = Statistics()
        self._tls = tls
        self._context = server_certificate().server_context() if tls else None
        self._mechanisms = mechanisms
        self._auth_needs_tls = auth_needs_tls
        self.extensions = extensions
        self._ignores_initial = ignores_initial
        self._prompts, self._prompted = prompts, prompted
        self._script = script = SmtpScript()
        self.reply_with, self.say_more_on, self.delay_on = script.reply_with, script.say_more_on, script.delay_on
        self.drop_on, self.stay_silent_on, self.drip_on = script.drop_on, script.stay_silent_on, script.drip_on
        self.drop_in_data, self.behave = script.drop_in_data, script.behave
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: asyncio.Server | None = None

    def client_context(self) -> ssl.SSLContext:
        """A TLS context that trusts this server."""
        return server_certificate().client_context()

    def copies_of(self, message_id: str) -> int:
        """How many accepted messages hold this Message-ID: more than one is a message that was sent twice."""
        return sum(message_id.encode() in message.content for message in self.messages)

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
        dialogue = SmtpDialogue(reader, writer, self.statistics.connections + 1, self._tls == "implicit")
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

    async def _converse(self, dialogue: SmtpDialogue) -> None:
        if not await self._script.plays(dialogue, "GREETING"):
            await dialogue.reply("220 fake.example.test ESMTP ready")
        while not dialogue.writer.is_closing():
            line = await dialogue.line()
            name, _, rest = line.partition(" ")
            name = name.upper()
            self.statistics.record("command", dialogue.number, name)
            self.lines.append(line)
            if self.forgets_pipelined and name in ("MAIL", "RCPT", "RSET"):
                await _forget_what_follows(dialogue.reader)
            stage = f"RCPT {_address(rest)}" if name == "RCPT" else name
            if name == "BDAT":
                await self._receive_chunk(dialogue, rest)
            elif not await self._script.plays(dialogue, stage) and not await self._script.plays(dialogue, name):
                await self._answer(dialogue, name, rest)
            await self._script.say_more(dialogue, name)

    async def _answer(self, dialogue: SmtpDialogue, name: str, rest: str) -> None:
        match name:
            case "EHLO":
                await dialogue.reply("250 fake.example.test", *(f"250 {item}" for item in self._offers(dialogue)))
            case "STARTTLS" if self._tls == "starttls" and not dialogue.encrypted:
                await self._start_tls(dialogue)
            case "AUTH":
                await self._authenticate(dialogue, rest)
            case "MAIL":
                self._begin(dialogue)
                dialogue.sender, dialogue.parameters = _address(rest), [_parameters(rest)]
                await dialogue.reply("250 2.1.0 Sender accepted")
            case "RCPT" if dialogue.sender is not None and len(dialogue.recipients) == self.most_recipients:
                await dialogue.reply("452 4.5.3 Too many recipients")
            case "RCPT" if dialogue.sender is not None:
                dialogue.recipients.append(_address(rest))
                dialogue.parameters.append(_parameters(rest))
                await dialogue.reply("250 2.1.5 Recipient accepted")
            case "DATA" if dialogue.recipients:
                await self._receive_message(dialogue)
            case "RSET":
                self._begin(dialogue)
                await dialogue.reply("250 2.0.0 OK")
            case "HELO" | "NOOP":
                await dialogue.reply("250 2.0.0 OK")
            case "QUIT":
                await dialogue.reply("221 2.0.0 Bye")
                dialogue.writer.close()
            case _:
                await dialogue.reply("503 5.5.1 Not now")

    def _offers(self, dialogue: SmtpDialogue) -> list[str]:
        offers = list(self.extensions)
        if self._tls == "starttls" and not dialogue.encrypted:
            offers.append("STARTTLS")
        if self._mechanisms and (dialogue.encrypted or not self._auth_needs_tls):
            offers.append("AUTH " + " ".join(self._mechanisms))
        return offers

    async def _start_tls(self, dialogue: SmtpDialogue) -> None:
        assert self._context is not None
        await dialogue.reply("220 2.0.0 Begin TLS now")
        await dialogue.writer.start_tls(self._context)
        dialogue.encrypted = True

    async def _authenticate(self, dialogue: SmtpDialogue, rest: str) -> None:
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

    async def _credentials(self, dialogue: SmtpDialogue, mechanism: str, initial: str) -> tuple[str, str]:
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
        # XOAUTH2: user=…^Aauth=Bearer …; OAUTHBEARER (RFC 7628): n,a=…,^Ahost=…^Aport=…^Aauth=Bearer …
        first, *others = response.split("\x01")
        user = first.removeprefix("user=") if mechanism == "XOAUTH2" else first.removeprefix("n,a=").removesuffix(",")
        bearer = next(each for each in others if each.startswith("auth=Bearer "))
        return user, bearer.removeprefix("auth=Bearer ")

    @staticmethod
    def _begin(dialogue: SmtpDialogue) -> None:
        dialogue.sender, dialogue.recipients, dialogue.parameters = None, [], []
        dialogue.received = 0
        dialogue.chunks.clear()

    async def _receive_message(self, dialogue: SmtpDialogue) -> None:
        await dialogue.reply("354 Send it, end with a dot")
        lines: list[bytes] = []
        while (line := await dialogue.reader.readline()) != b".\r\n":
            if not line or not await self._script.lets_in(dialogue, len(line)):
                raise ConnectionResetError
            lines.append(line.removeprefix(b"."))
        await self._take(dialogue, b"".join(lines), "DATA")

    async def _receive_chunk(self, dialogue: SmtpDialogue, rest: str) -> None:
        size, *last = rest.split()
        missing = int(size)
        while missing:
            piece = await dialogue.reader.read(min(missing, 65536))
            if not piece or not await self._script.lets_in(dialogue, len(piece)):
                raise ConnectionResetError
            dialogue.chunks += piece
            missing -= len(piece)
        if await self._script.plays(dialogue, "BDAT"):
            return
        if not dialogue.recipients:
            await dialogue.reply("503 5.5.1 Not now")
        elif last:
            await self._take(dialogue, bytes(dialogue.chunks), "BDAT")
        else:
            await dialogue.reply(f"250 2.0.0 {size} octets received")

    async def _take(self, dialogue: SmtpDialogue, content: bytes, command: str) -> None:
        assert dialogue.sender is not None
        sender, recipients, parameters = dialogue.sender, dialogue.recipients, dialogue.parameters
        self._begin(dialogue)
        if await self._script.plays(dialogue, "END"):
            return
        message = ReceivedMessage(dialogue.user, sender, recipients, content, parameters, dialogue.number, command)
        self.messages.append(message)
        if not await self._script.plays(dialogue, "TAKEN"):
            await dialogue.reply(f"250 2.0.0 Queued as {len(self.messages)}")


async def _forget_what_follows(reader: asyncio.StreamReader) -> None:
    """Throw away what has come by now, as servers do that look at their input only after each reply."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(reader.read(65536), 0.02)


def _address(argument: str) -> str:
    match = re.search(r"<([^>]*)>", argument)
    return match[1] if match else ""


def _parameters(argument: str) -> str:
    return argument.partition("> ")[2]


def _decoded(text: str) -> str:
    return base64.b64decode(text.encode(), validate=True).decode()
