"""The scriptable IMAP server: correct by default, faulty as told."""

from __future__ import annotations

import asyncio
import base64
import imaplib
import ssl
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import pytest

from tests.fakes import imap_server as fake
from tests.fakes.imap_server import FakeImapServer
from tests.fakes.waiting import eventually

MESSAGE = b"From: Ada <ada@example.test>\r\nTo: b@example.test\r\nSubject: hello\r\nMessage-ID: <1@x>\r\n\r\nhello\r\n"

T = TypeVar("T")


@pytest.fixture
async def server() -> AsyncIterator[FakeImapServer]:
    async with FakeImapServer() as running:
        yield running


async def in_thread(work: Callable[[], T]) -> T:
    return await asyncio.to_thread(work)


class Wire:
    """A bare client: lines in, lines out."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, server: FakeImapServer, *commands: bytes) -> Wire:
        """Connect, read the greeting, run `commands`."""
        wire = cls(*await asyncio.open_connection(server.host, server.port))
        await wire.line()
        for command in commands:
            await wire.run(command)
        return wire

    async def line(self) -> bytes:
        return await asyncio.wait_for(self.reader.readline(), 5)

    async def has_ended(self) -> bool:
        """Whether the server has closed or reset the connection."""
        try:
            return await self.line() == b""
        except ConnectionError:
            return True

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def run(self, command: bytes) -> list[bytes]:
        """Send `t command` and read up to its tagged answer, or to the end of the stream."""
        self.send(b"t " + command + b"\r\n")
        lines = []
        while True:
            lines.append(await self.line())
            if not lines[-1] or lines[-1].startswith(b"t "):
                return lines

    def close(self) -> None:
        self.writer.close()


async def test_imaplib_finds_a_working_server(server: FakeImapServer) -> None:
    server.append("u1", MESSAGE, flags=["\\Seen"])

    def talk() -> dict[str, Any]:
        with imaplib.IMAP4(server.host, server.port, timeout=5) as client:
            client.login("u1", "pass")
            return {
                "capabilities": client.capabilities,
                "namespace": client.namespace(),
                "list": client.list(),
                "select": client.select(),
                "status": client.status("INBOX", "(MESSAGES UIDNEXT UNSEEN)"),
                "search": client.uid("SEARCH", "SEEN"),
                "none": client.uid("SEARCH", "UNSEEN"),
                "fetch": client.uid("FETCH", "1:*", "(FLAGS RFC822.SIZE ENVELOPE BODY.PEEK[HEADER.FIELDS (SUBJECT)])"),
                "stored": client.append("Sent", "(\\Seen)", "", MESSAGE),
                "sent": client.status("Sent", "(MESSAGES)"),
                "flags": client.uid("STORE", "1", "+FLAGS", "(\\Deleted)"),
                "expunged": client.expunge(),
                "missing": client.select("Nowhere"),
            }

    seen = await in_thread(talk)
    assert "IDLE" in seen["capabilities"]
    assert b'(\\HasNoChildren \\Sent) "/" "Sent"' in seen["list"][1]
    assert seen["namespace"] == ("OK", [b'(("" "/")) NIL NIL'])
    assert seen["select"] == ("OK", [b"1"])
    assert seen["status"] == ("OK", [b'"INBOX" (MESSAGES 1 UIDNEXT 2 UNSEEN 0)'])
    assert seen["search"] == ("OK", [b"1"])
    assert seen["none"] == ("OK", [b""])
    header, content = seen["fetch"][1][0]
    assert b"UID 1 FLAGS (\\Seen) RFC822.SIZE %d ENVELOPE" % len(MESSAGE) in header
    assert b'(("Ada" NIL "ada" "example.test"))' in header
    assert content == b"Subject: hello\r\n\r\n"
    assert b"APPENDUID" in seen["stored"][1][0]
    assert seen["sent"] == ("OK", [b'"Sent" (MESSAGES 1)'])
    assert b"\\Deleted" in seen["flags"][1][0]
    assert seen["expunged"] == ("OK", [b"1"])
    assert seen["missing"][0] == "NO"
    statistics = server.statistics
    assert (statistics.connections, statistics.logins, statistics.count("logout")) == (1, 1, 1)
    await eventually(lambda: statistics.open_connections == 0)
    assert statistics.commands(1)[-1] == "LOGOUT"


async def test_mailboxes_are_created_renamed_and_deleted(server: FakeImapServer) -> None:
    wire = await Wire.open(server, b"LOGIN u1 pass", b"CREATE One")
    first = server.mailbox("u1", "One").uid_validity
    assert (await wire.run(b'RENAME One "Two words"'))[-1].startswith(b"t OK")
    assert b'* LIST (\\HasNoChildren) "/" "Two words"\r\n' in await wire.run(b'LIST "" *')
    assert (await wire.run(b'DELETE "Two words"'))[-1].startswith(b"t OK")
    assert (await wire.run(b'DELETE "Two words"'))[-1].startswith(b"t NO [NONEXISTENT]")
    await wire.run(b"CREATE One")
    assert server.mailbox("u1", "One").uid_validity != first
    wire.close()


async def test_wrong_password_is_refused_and_counted(server: FakeImapServer) -> None:
    wire = await Wire.open(server)
    assert b"[AUTHENTICATIONFAILED]" in (await wire.run(b"LOGIN u1 wrong"))[-1]
    assert b"BAD" in (await wire.run(b"SELECT INBOX"))[-1]
    assert (await wire.run(b'LOGIN "u1" "pass"'))[-1].startswith(b"t OK")
    assert (server.statistics.refused_logins, server.statistics.logins) == (1, 1)
    wire.close()


async def test_literals_and_quoted_strings_reach_login(server: FakeImapServer) -> None:
    server.world.passwords["u1"] = 'a"b\\c'
    wire = await Wire.open(server)
    assert (await wire.run(b'LOGIN u1 "a\\"b\\\\c"'))[-1].startswith(b"t OK")
    other = await Wire.open(server)
    assert (await other.run(b'LOGIN {2+}\r\nu1 {5+}\r\na"b\\c'))[-1].startswith(b"t OK")
    third = await Wire.open(server)
    third.send(b"t LOGIN u1 {5}\r\n")
    assert (await third.line()).startswith(b"+")
    third.send(b'a"b\\c\r\n')
    assert (await third.line()).startswith(b"t OK")
    for each in (wire, other, third):
        each.close()


@pytest.mark.parametrize(
    ("mechanism", "response"),
    [
        (b"PLAIN", b"\0u1\0pass"),
        (b"XOAUTH2", b"user=u1\x01auth=Bearer pass\x01\x01"),
        (b"OAUTHBEARER", b"n,a=u1,\x01host=h\x01port=1\x01auth=Bearer pass\x01\x01"),
    ],
)
async def test_authenticate(server: FakeImapServer, mechanism: bytes, response: bytes) -> None:
    wire = await Wire.open(server)
    assert (await wire.run(b"AUTHENTICATE " + mechanism + b" " + base64.b64encode(response)))[-1].startswith(b"t OK")
    assert server.statistics.count("login", "u1") == 1
    wire.close()


async def test_refused_token_is_explained_before_the_tagged_no(server: FakeImapServer) -> None:
    wire = await Wire.open(server)
    wire.send(b"t AUTHENTICATE XOAUTH2 " + base64.b64encode(b"user=u1\x01auth=Bearer old\x01\x01") + b"\r\n")
    assert b'"status":"401"' in base64.b64decode((await wire.line())[2:])
    wire.send(b"\r\n")
    assert (await wire.line()).startswith(b"t NO [AUTHENTICATIONFAILED]")
    wire.close()


async def test_idle_hears_of_new_removed_and_changed_messages(server: FakeImapServer) -> None:
    wire = await Wire.open(server, b"LOGIN u1 pass", b"SELECT INBOX")
    wire.send(b"i IDLE\r\n")
    assert await wire.line() == b"+ idling\r\n"
    server.append("u1", MESSAGE)
    assert await wire.line() == b"* 1 EXISTS\r\n"
    server.set_flags("u1", 1, ["\\Seen"])
    assert await wire.line() == b"* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n"
    server.expunge("u1", 1)
    assert await wire.line() == b"* 1 EXPUNGE\r\n"
    wire.send(b"DONE\r\n")
    assert (await wire.line()).startswith(b"i OK")
    server.append("u1", MESSAGE)
    assert b"* 1 EXISTS\r\n" in await wire.run(b"NOOP")
    wire.close()


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
async def test_tls(tls: Any) -> None:
    async with FakeImapServer(tls=tls) as server:

        def talk() -> str:
            if tls == "implicit":
                client: imaplib.IMAP4 = imaplib.IMAP4_SSL("localhost", server.port, ssl_context=server.client_context())
            else:
                client = imaplib.IMAP4("localhost", server.port)
                client.starttls(server.client_context())
            with client:
                return client.login("u1", "pass")[0]

        assert await in_thread(talk) == "OK"


async def test_stop_refuses_connections_and_start_keeps_port_and_mail(server: FakeImapServer) -> None:
    server.append("u1", MESSAGE)
    wire = await Wire.open(server, b"LOGIN u1 pass")
    await server.stop()
    assert await wire.has_ended()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(server.host, server.port)
    await server.start()
    again = await Wire.open(server, b"LOGIN u1 pass")
    assert b"* 1 EXISTS\r\n" in await again.run(b"SELECT INBOX")
    for each in (wire, again):
        each.close()


async def test_drop_connections_of_one_user_spares_the_others(server: FakeImapServer) -> None:
    first = await Wire.open(server, b"LOGIN u1 pass")
    second = await Wire.open(server, b"LOGIN u2 pass")
    assert await server.drop_connections("u1") == 1
    await eventually(lambda: server.statistics.open_connections == 1)
    assert (await second.run(b"NOOP"))[-1].startswith(b"t OK")
    for each in (first, second):
        each.close()


async def test_next_connections_take_turns_before_the_standing_behaviour(server: FakeImapServer) -> None:
    server.behave(fake.greet_with("* OK standing"))
    server.next_connections(fake.greet_with("* OK first"), fake.GOOD)
    greetings = []
    for _ in range(3):
        reader, writer = await asyncio.open_connection(server.host, server.port)
        greetings.append((await reader.readline())[:12])
        writer.close()
    assert greetings == [b"* OK first\r\n", b"* OK [CAPABI", b"* OK standin"]


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        (fake.cut_greeting(b"* OK [CA"), b"* OK [CA"),
        (fake.greet_with("* BYE Too busy", then_close=True), b"* BYE Too busy\r\n"),
    ],
)
async def test_greetings_that_end_the_connection(
    server: FakeImapServer, behaviour: fake.Behaviour, expected: bytes
) -> None:
    server.behave(behaviour)
    reader, writer = await asyncio.open_connection(server.host, server.port)
    assert await asyncio.wait_for(reader.read(), 5) == expected
    writer.close()


async def test_good_greeting_then_close(server: FakeImapServer) -> None:
    server.behave(fake.close_after_greeting())
    reader, writer = await asyncio.open_connection(server.host, server.port)
    assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"* OK [CAPABILITY IMAP4rev1")
    writer.close()


async def assert_silence(reader: asyncio.StreamReader) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), 0.1)


async def test_never_greet(server: FakeImapServer) -> None:
    server.behave(fake.never_greet())
    reader, writer = await asyncio.open_connection(server.host, server.port)
    await assert_silence(reader)
    writer.close()
    await eventually(lambda: server.statistics.open_connections == 0)


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        (fake.refuse_login("UNAVAILABLE", "Too many"), b"t NO [UNAVAILABLE] Too many\r\n"),
        (fake.refuse_login(None, "No"), b"t NO No\r\n"),
        (fake.refuse_login("LIMIT", "Bye", status="BYE"), b""),
        (fake.drop_during("LOGIN"), b""),
    ],
)
@pytest.mark.parametrize("command", [b"LOGIN u1 pass", b"AUTHENTICATE PLAIN AHUxAHBhc3M="])
async def test_login_fails(server: FakeImapServer, behaviour: fake.Behaviour, expected: bytes, command: bytes) -> None:
    server.behave(behaviour)
    wire = await Wire.open(server)
    assert (await wire.run(command))[-1] == expected
    assert server.statistics.logins == 0
    wire.close()


async def test_login_succeeds_and_the_connection_drops_every_time(server: FakeImapServer) -> None:
    server.behave(fake.drop_after("LOGIN"))
    for _ in range(3):
        wire = await Wire.open(server, b"LOGIN u1 pass")
        assert await wire.line() == b""
        wire.close()
    assert (server.statistics.logins, server.statistics.connections) == (3, 3)


async def test_dead_in_idle(server: FakeImapServer) -> None:
    server.behave(fake.swallow_in_idle())
    wire = await Wire.open(server, b"LOGIN u1 pass", b"SELECT INBOX")
    wire.send(b"i IDLE\r\n")
    assert await wire.line() == b"+ idling\r\n"
    server.append("u1", MESSAGE)
    wire.send(b"DONE\r\n")
    await assert_silence(wire.reader)
    wire.close()


@pytest.mark.parametrize("close", [True, False])
async def test_bye_in_idle(server: FakeImapServer, close: bool) -> None:
    server.behave(fake.bye_in_idle("Bored", close=close))
    wire = await Wire.open(server, b"LOGIN u1 pass", b"SELECT INBOX")
    wire.send(b"i IDLE\r\n")
    assert [await wire.line(), await wire.line()] == [b"+ idling\r\n", b"* BYE Bored\r\n"]
    if close:
        assert await wire.line() == b""
    else:
        await assert_silence(wire.reader)
    wire.close()


@pytest.mark.parametrize(
    ("behaviour", "beginning"),
    [
        (fake.endless_bye(on="NOOP"), b"* BYE Go away\r\n" * 10_000),
        (fake.announce_huge_literal(on="NOOP"), b"* 1 FETCH (UID 1 BODY[] {4294967296}\r\n" + b"\0" * 1_000_000),
        (fake.endless_line(on="NOOP"), b"* OK " + b"x" * 1_000_000),
        (fake.deep_parentheses(on="NOOP"), b"* 1 FETCH (BODYSTRUCTURE " + b"(" * 10_000 + b")" * 10_000),
        (fake.before_answer(b"\xff\0 garbage )(\r\n", on="NOOP"), b"\xff\0 garbage )(\r\nt OK Done\r\n"),
        (fake.answer("NOOP", "* 3 EXISTS", tagged="BAD No"), b"* 3 EXISTS\r\nt BAD No\r\n"),
    ],
)
async def test_poison(server: FakeImapServer, behaviour: fake.Behaviour, beginning: bytes) -> None:
    server.behave(behaviour)
    wire = await Wire.open(server)
    wire.send(b"t NOOP\r\n")
    assert await asyncio.wait_for(wire.reader.readexactly(len(beginning)), 5) == beginning
    wire.close()
    await eventually(lambda: server.statistics.open_connections == 0)


async def test_injection_after_starttls_comes_in_the_clear_with_the_ok() -> None:
    async with FakeImapServer(tls="starttls") as server:
        server.behave(fake.inject_after_starttls())
        wire = await Wire.open(server)
        wire.send(b"t STARTTLS\r\n")
        assert (await wire.line()).startswith(b"t OK")
        assert await wire.line() == b"* CAPABILITY IMAP4rev1 INJECTED\r\n"
        context: ssl.SSLContext = server.client_context()
        await wire.writer.start_tls(context, server_hostname="localhost")
        assert (await wire.run(b"NOOP"))[-1].startswith(b"t OK")
        wire.close()


async def test_trickle_sends_byte_by_byte(server: FakeImapServer) -> None:
    server.behave(fake.trickle(0.02, on="NOOP"))
    wire = await Wire.open(server)
    began = time.monotonic()
    assert (await wire.run(b"NOOP"))[-1] == b"t OK Done\r\n"
    assert time.monotonic() - began >= 0.02 * len(b"t OK Done\r\n") * 0.9
    wire.close()


async def test_throttling_begins_after_some_commands(server: FakeImapServer) -> None:
    server.behave(fake.throttle_after(2))
    wire = await Wire.open(server)
    answers = [(await wire.run(b"NOOP"))[-1][:4] for _ in range(3)]
    assert answers == [b"t OK", b"t OK", b"t NO"]
    wire.close()


async def test_behaviours_combine_and_reach_open_connections(server: FakeImapServer) -> None:
    wire = await Wire.open(server)
    server.behave_now(fake.answer("NOOP", tagged="NO one"), fake.answer("CAPABILITY", tagged="NO two"))
    assert (await wire.run(b"NOOP"))[-1] == b"t NO one\r\n"
    assert (await wire.run(b"CAPABILITY"))[-1] == b"t NO two\r\n"
    wire.close()


async def test_statistics_know_times_and_the_most_open_connections(server: FakeImapServer) -> None:
    before = time.monotonic()
    wires = [await Wire.open(server, b"LOGIN u%d pass" % number) for number in range(3)]
    for wire in wires:
        wire.close()
    await eventually(lambda: server.statistics.open_connections == 0)
    assert server.statistics.most_open_connections == 3
    [at] = server.statistics.times("login", "u1")
    assert before <= at <= time.monotonic()


def test_it_offers_what_the_tests_of_the_client_rely_on() -> None:
    assert {"IDLE", "AUTH=PLAIN", "NAMESPACE"} <= set(fake.CAPABILITIES)
