"""One message over one line: what the server offers is used, what it lacks is done without, and lies are noticed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from postroom.connections.clients.smtp_line import SmtpLine
from postroom.smtp.envelope import Dsn
from postroom.smtp.extensions import extensions_of
from postroom.submission.transmission.transfer import Transfer, TransferTerms
from tests.fakes.smtp_server import ALL_EXTENSIONS, FakeSmtpServer
from tests.submission.transmission.parcels import IMPATIENT, MESSAGE, PATIENT, Wish, carrier
from tests.submission.transmission.test_pieces import SIGNED

WITHOUT_CHUNKS = tuple(each for each in ALL_EXTENSIONS if each != "CHUNKING")
THREE = ("b@example.test", "c@example.test", "d@example.test")


async def test_parameters_go_where_they_are_offered() -> None:
    more = {"is_eight_bit": True, "dsn": Dsn("id", "full", ("failure",), "b@example.test")}
    async with FakeSmtpServer(extensions=ALL_EXTENSIONS) as server, carrier(server) as each:
        await each.carry(Wish(more=more))
        size = f"SIZE={len(MESSAGE)}"
        parameters = [f"{size} BODY=8BITMIME RET=FULL ENVID=id", "NOTIFY=FAILURE ORCPT=rfc822;b@example.test"]
        assert server.messages[0].parameters == parameters
    async with FakeSmtpServer(extensions=("8BITMIME",)) as server, carrier(server) as each:
        await each.carry(Wish(more=more))
        assert server.messages[0].parameters == ["BODY=8BITMIME", ""]


@pytest.mark.parametrize(
    ("extensions", "wish", "code"),
    [
        (("SIZE 10",), Wish(), "EMESSAGE"),
        (("SIZE 10000",), Wish(pieces=SIGNED, more={"is_eight_bit": True}), "EMESSAGE"),
        (("8BITMIME",), Wish(("jörg@example.test",)), "EENVELOPE"),
        (("8BITMIME",), Wish(more={"has_utf8_header": True}), "EENVELOPE"),
        (("8BITMIME",), Wish(("a@b\r\nDATA",)), "EENVELOPE"),
    ],
    ids=["too large", "8-bit", "address", "header", "injection"],
)
async def test_what_the_server_cannot_take_is_not_begun(extensions: tuple[str, ...], wish: Wish, code: str) -> None:
    async with FakeSmtpServer(extensions=extensions) as server, carrier(server) as each:
        carried = await each.carry(wish)
        assert carried.fault is not None
        assert (carried.fault.code, carried.fault.is_final, carried.is_usable) == (code, True, True)
        assert (carried.untried, wish.asked) == (wish.recipients, 0)
        assert "MAIL" not in server.statistics.commands()
        assert (await each.carry(Wish(pieces=(b"a\r\n",)))).reply is not None


@pytest.mark.parametrize("in_turn", [True, False])
async def test_commands_go_together_only_where_that_works(in_turn: bool) -> None:
    async with FakeSmtpServer(extensions=ALL_EXTENSIONS, forgets_pipelined=True) as server:
        async with carrier(server, PATIENT if in_turn else IMPATIENT, is_in_turn=in_turn) as each:
            carried = await each.carry(Wish(THREE))
            assert each.last is not None
            assert each.last.was_grouped == (not in_turn)
        if in_turn:
            assert [message.recipients for message in server.messages] == [list(THREE)]
            assert carried.accepted == THREE
        else:
            assert carried.fault is not None
            assert (carried.fault.code, carried.may_have_gone, each.last.has_begun) == ("ETIMEDOUT", False, False)


@pytest.mark.parametrize("stage", ["MAIL", "RCPT"])
@pytest.mark.parametrize("extensions", [("8BITMIME",), WITHOUT_CHUNKS, ALL_EXTENSIONS], ids=["dot", "group", "chunks"])
async def test_a_reply_too_many_never_answers_for_the_message(extensions: tuple[str, ...], stage: str) -> None:
    async with FakeSmtpServer(extensions=extensions) as server:
        server.say_more_on(stage, "250 2.0.0 Surplus")
        # Before a server has shown that it counts right, it gets no chunks.
        async with carrier(server, in_chunks=False) as each:
            carried = await each.carry(Wish(THREE))
    assert carried.fault is not None
    assert (carried.fault.code, carried.reply, carried.may_have_gone) == ("EPROTOCOL", None, False)
    assert server.messages == []


async def test_a_reply_after_the_answer_leaves_it_and_ends_the_line() -> None:
    async with FakeSmtpServer() as server:
        server.say_more_on("DATA", "250 2.0.0 Surplus")
        async with carrier(server) as each:
            carried = await each.carry()
            assert carried.reply is not None
            assert carried.reply.text == "Queued as 1"
            again = await each.carry()
    assert (again.may_have_gone, again.is_usable) == (False, False)


async def test_a_server_that_does_not_ask_for_the_message_gets_none() -> None:
    async with FakeSmtpServer() as server:
        server.reply_with("DATA", "250 2.0.0 Well done")
        async with carrier(server) as each:
            carried = await each.carry()
    assert carried.fault is not None
    assert (carried.fault.code, carried.fault.command) == ("EPROTOCOL", "DATA")
    assert (carried.may_have_gone, carried.is_usable, server.messages) == (False, False, [])


@pytest.mark.parametrize("extensions", [("8BITMIME",), WITHOUT_CHUNKS], ids=["one by one", "group"])
async def test_recipients_beyond_a_limit_go_in_further_transactions(extensions: tuple[str, ...]) -> None:
    async with FakeSmtpServer(extensions=extensions, most_recipients=2) as server, carrier(server) as each:
        left: tuple[str, ...] = (*THREE, "e@example.test", "f@example.test")
        times = 0
        while left:
            carried = await each.carry(Wish(left))
            assert (carried.reply is not None, carried.is_usable, carried.refused) == (True, True, ())
            assert carried.has_more == bool(carried.untried)
            left, times = carried.untried, times + 1
        assert times == 3
        assert [len(message.recipients) for message in server.messages] == [2, 2, 1]


async def test_a_limit_that_is_known_is_kept() -> None:
    async with FakeSmtpServer(extensions=ALL_EXTENSIONS) as server, carrier(server, most_recipients=2) as each:
        carried = await each.carry(Wish(THREE))
        assert (carried.accepted, carried.untried, carried.has_more) == (THREE[:2], THREE[2:], True)
        assert server.statistics.commands().count("RCPT") == 2
        # Nothing more is to be tried when nothing was sent.
        assert not (await each.carry(Wish(THREE, allowed=False))).has_more


async def test_the_name_of_the_message_at_the_provider() -> None:
    async with FakeSmtpServer() as server:
        server.reply_with("TAKEN", "250 2.0.0 OK <new@eurprd04.prod.outlook.com> [Hostname=x]")
        async with carrier(server) as each:
            terms = TransferTerms("smtp.office365.com", each.session.offered)
            carried = await Transfer(each.line, terms, Wish().parcel).carry()
    assert carried.sent_as == "<new@eurprd04.prod.outlook.com>"


# Servers that read on, or not, while the content comes.


@asynccontextmanager
async def scripted(
    script: list[tuple[bytes, bytes]], *, reads_on: bool, closes: bool = False
) -> AsyncIterator[SmtpLine]:
    """A line to a server that says the second after each first, and then reads on, or not, or closes."""
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            for awaited, said in script:
                await reader.readuntil(awaited)
                writer.write(said)
            while reads_on and not closes and await reader.read(65536):
                pass
            if not closes:
                await line_closed.wait()
        writer.transport.abort()
        over.set()

    line_closed = asyncio.Event()
    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1024 * 1024)
    host, port = server.sockets[0].getsockname()
    transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, host, port)
    line = SmtpLine.take_over(transport)
    try:
        yield line
    finally:
        line.close()
        line_closed.set()
        await over.wait()
        server.close()


LARGE = Wish(pieces=((b"x" * 998 + b"\r\n") * 1000,) * 32)
UP_TO_DATA = [(b"MAIL", b"250 ok\r\n"), (b"RCPT", b"250 ok\r\n"), (b"DATA\r\n", b"354 go\r\n")]


@pytest.mark.parametrize("closes", [True, False])
async def test_a_refusal_in_the_middle_of_the_content_is_the_answer(closes: bool) -> None:
    async with scripted([*UP_TO_DATA, (b"x" * 998, b"552 5.3.4 Too large\r\n")], reads_on=True, closes=closes) as line:
        carried = await Transfer(line, TransferTerms("h", times=PATIENT), LARGE.parcel).carry()
    assert not carried.may_have_gone
    assert not carried.is_usable
    # When the server closes at once, its reply can get lost in the reset.
    assert closes or (carried.reply is not None and carried.reply.code == 552)
    assert (carried.reply is None) == (carried.fault is not None)


async def test_an_acceptance_in_the_middle_of_the_content_is_none() -> None:
    async with scripted([*UP_TO_DATA, (b"x" * 998, b"250 2.0.0 Fine\r\n")], reads_on=True) as line:
        carried = await Transfer(line, TransferTerms("h", times=PATIENT), LARGE.parcel).carry()
    assert carried.fault is not None
    assert (carried.fault.code, carried.reply, carried.may_have_gone) == ("EPROTOCOL", None, False)


@pytest.mark.parametrize("offers", [(), ("CHUNKING",)])
async def test_a_server_that_stops_reading_has_not_got_the_message(offers: tuple[str, ...]) -> None:
    script = [*UP_TO_DATA[:2], (b"BDAT", b"")] if offers else UP_TO_DATA
    async with scripted(script, reads_on=False) as line:
        terms = TransferTerms("h", extensions_of(offers), IMPATIENT, in_chunks=True)
        carried = await Transfer(line, terms, LARGE.parcel).carry()
    assert carried.fault is not None
    assert (carried.fault.code, carried.may_have_gone) == ("ETIMEDOUT", False)


async def test_the_end_waits_until_everything_else_has_left() -> None:
    """A message that the system cannot hold: the end must not be counted as gone while the rest waits."""
    octets = (b"x" * 998 + b"\r\n") * 16_000
    async with scripted([*UP_TO_DATA[:2], (b"DATA\r\n", b"354 go\r\n")], reads_on=False) as line:
        carried = await Transfer(line, TransferTerms("h", times=IMPATIENT), Wish(pieces=(octets,)).parcel).carry()
    assert not carried.may_have_gone
