"""A `secure` that does not fit what answers is told by name, at once; whatever else is wrong stays what it is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Literal

import pytest

from postroom.connections.failures import ConnectionFailed, Failure
from postroom.connections.hosts.names import LOCALHOST
from postroom.connections.sockets import wrong_secure
from postroom.connections.sockets.endpoint import Endpoint, TlsMode
from postroom.connections.sockets.wrong_secure import as_greeting
from postroom.connections.timeouts import Timeouts
from tests.connections.imap_opening import PROMPT, failure_of, signed_in
from tests.connections.smtp_checking import check_smtp
from tests.fakes.imap_server import FakeImapServer
from tests.fakes.smtp_server import FakeSmtpServer
from tests.fakes.waiting import eventually
from tests.live.dovecot import Dovecot

Protocol = Literal["imap", "smtp"]
PATIENT = Timeouts()
SHORT = replace(PATIENT, tls=1.5, greeting=1.5)
HESITATION = 0.3
CLEAR: tuple[TlsMode, ...] = ("none-ok", "starttls")
GREETINGS = {"imap": b"* OK IMAP4rev1 ready\r\n", "smtp": b"220 mail.example.com ESMTP\r\n"}

assert PATIENT.greeting > PROMPT < PATIENT.tls, "What is told within PROMPT was not told by a time limit"


@pytest.fixture
def soon_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A silent server is asked whether it speaks TLS after less time than otherwise."""
    assert HESITATION < wrong_secure.HESITATION
    monkeypatch.setattr(wrong_secure, "HESITATION", HESITATION)


@dataclass(frozen=True)
class Listener:
    """A server that can be connected to."""

    host: str
    port: int


async def failed(protocol: Protocol, port: int, tls: TlsMode, timeouts: Timeouts = PATIENT) -> tuple[Failure, float]:
    """The verdict on a server of 127.0.0.1, and after how many seconds it was there."""
    began = time.monotonic()
    endpoint = Endpoint("localhost", port, tls)
    if protocol == "imap":
        failure = await failure_of(endpoint, timeouts=timeouts)
    else:
        with pytest.raises(ConnectionFailed) as caught:
            await check_smtp(endpoint, None, timeouts, "postroom.example", lookups=LOCALHOST)
        failure = caught.value.failure
    return failure, time.monotonic() - began


@asynccontextmanager
async def talking(talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[int]:
    """A server that does as it is told; yields its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
            await reader.read()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


def says(words: bytes, after: float = 0.0) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(after)
        writer.write(words)

    return talk


async def silence(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    """Says nothing."""


def server_of(protocol: Protocol, tls: Literal["starttls", "implicit"] | None) -> FakeImapServer | FakeSmtpServer:
    return FakeImapServer(tls=tls) if protocol == "imap" else FakeSmtpServer(tls=tls)


# TLS was expected


@pytest.mark.parametrize("offered", [None, "starttls"])
@pytest.mark.parametrize("protocol", ["imap", "smtp"])
async def test_a_server_that_greets_in_plain_text(protocol: Protocol, offered: Literal["starttls"] | None) -> None:
    async with server_of(protocol, offered) as server:
        failure, seconds = await failed(protocol, server.port, "implicit")
    assert (failure.kind, failure.phase, failure.code) == ("connection", "tls", "EPLAINTEXT")
    assert failure.response.startswith("The server begins in plain text on this port: ")
    assert f"set `{protocol}.secure` to false" in failure.advice
    assert seconds < PROMPT


@pytest.mark.long
@pytest.mark.parametrize("protocol", ["imap", "smtp"])
async def test_a_plain_greeting_that_comes_late_is_told_when_it_comes(protocol: Protocol) -> None:
    async with talking(says(GREETINGS[protocol], after=0.5)) as port:
        failure, seconds = await failed(protocol, port, "implicit")
    assert failure.code == "EPLAINTEXT"
    assert seconds < PROMPT


async def test_the_first_byte_tells() -> None:
    async with talking(says(b"*")) as port:
        failure, seconds = await failed("imap", port, "implicit")
    assert failure.code == "EPLAINTEXT"
    assert seconds < PROMPT


@pytest.mark.parametrize("protocol", ["imap", "smtp"])
async def test_a_server_of_something_else_is_no_matter_of_secure(protocol: Protocol) -> None:
    other = {"imap": GREETINGS["smtp"], "smtp": GREETINGS["imap"]}[protocol]
    async with talking(says(other)) as port:
        failure, _ = await failed(protocol, port, "implicit")
    assert (failure.phase, failure.code) == ("tls", "ETLS")
    assert "{field}" not in failure.advice


# Plain text was expected


@pytest.mark.usefixtures("soon_asked")
@pytest.mark.parametrize("tls", CLEAR)
@pytest.mark.parametrize("protocol", ["imap", "smtp"])
async def test_a_server_that_waits_for_tls(protocol: Protocol, tls: TlsMode) -> None:
    async with server_of(protocol, "implicit") as server:
        failure, seconds = await failed(protocol, server.port, tls)
    assert (failure.kind, failure.phase, failure.code) == ("connection", "greeting", "EIMPLICITTLS")
    assert f"set `{protocol}.secure` to true" in failure.advice
    assert seconds < PROMPT


@pytest.mark.long
@pytest.mark.usefixtures("soon_asked")
@pytest.mark.parametrize("protocol", ["imap", "smtp"])
async def test_a_server_that_is_only_silent_gets_all_its_time(protocol: Protocol) -> None:
    async with talking(silence) as port:
        failure, seconds = await failed(protocol, port, "none-ok", SHORT)
    assert (failure.phase, failure.code) == ("greeting", "ETIMEDOUT")
    assert seconds > SHORT.greeting - 0.5


@pytest.mark.usefixtures("soon_asked")
@pytest.mark.parametrize(("met", "expected"), [(False, 2), (True, 1)])
async def test_a_slow_greeting_is_waited_for_though_the_server_was_asked(met: bool, expected: int) -> None:
    connections = 0
    asked = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        if connections == expected:
            asked.set()
        await asked.wait()
        await asyncio.sleep(2 * HESITATION)
        writer.write(b"* PREAUTH [CAPABILITY IMAP4rev1] slow\r\n")
        while line := await reader.readline():
            writer.write(line.split()[0] + b" OK done\r\n")

    async with talking(talk) as port:
        endpoint = Endpoint("localhost", port, "none-ok", met=met)
        async with signed_in(endpoint, timeouts=PATIENT) as client:
            assert client.info.greeting == "slow"
            assert connections == expected


@pytest.mark.long
@pytest.mark.usefixtures("soon_asked")
async def test_what_answers_but_not_in_tls_is_waited_for_as_well() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.read(1):
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with talking(talk) as port:
        failure, _ = await failed("imap", port, "none-ok", SHORT)
    assert (failure.phase, failure.code) == ("greeting", "ETIMEDOUT")


@pytest.mark.parametrize("protocol", ["imap", "smtp"])
async def test_a_server_that_refuses_is_quoted_as_ever(protocol: Protocol) -> None:
    words = {"imap": b"* BYE too busy\r\n", "smtp": b"421 too busy\r\n"}[protocol]
    async with talking(says(words)) as port:
        failure, _ = await failed(protocol, port, "none-ok")
    assert failure.response == "too busy"
    assert failure.phase == "greeting"


async def test_giving_up_the_wait_leaves_nothing_behind() -> None:
    async with talking(silence) as port:
        opening = asyncio.create_task(failed("imap", port, "none-ok"))
        await eventually(lambda: [task for task in asyncio.all_tasks() if "unless_tls" in repr(task)])
        opening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await opening
        assert not [task for task in asyncio.all_tasks() if "unless_tls" in repr(task)]


# A real server


@pytest.mark.dovecot
async def test_dovecot_on_both_of_its_ports(dovecot: Dovecot) -> None:
    failure, seconds = await failed("imap", dovecot.port, "implicit")
    assert (failure.phase, failure.code) == ("tls", "EPLAINTEXT")
    assert "Dovecot" in failure.response or "OK" in failure.response
    assert seconds < PROMPT
    for tls in CLEAR:
        failure, seconds = await failed("imap", dovecot.tls_port, tls)
        assert (failure.phase, failure.code) == ("greeting", "EIMPLICITTLS")
        assert seconds < PROMPT


@pytest.mark.parametrize(
    ("protocol", "said", "greeting"),
    [
        ("imap", b"* OK ready\r\n", "* OK ready"),
        ("imap", b"*", "*"),
        ("imap", b"220 ready\r\n", None),
        ("imap", b"", None),
        ("smtp", b"220-a\r\n220 b\r\n", "220-a"),
        ("smtp", b"554 no\r\n", "554 no"),
        ("smtp", b"* OK ready\r\n", None),
        ("smtp", b"HTTP/1.1 400\r\n", None),
        ("smtp", b"", None),
    ],
)
def test_what_is_a_greeting(protocol: Protocol, said: bytes, greeting: str | None) -> None:
    assert as_greeting(protocol, said) == greeting
