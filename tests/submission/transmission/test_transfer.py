"""One message over one line, with servers that do well and with those that do not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from postroom.smtp.replies import Reply
from postroom.submission.transmission.parcel import Carried, Parcel
from postroom.submission.transmission.transfer import Transfer
from tests.fakes.smtp_server import ALL_EXTENSIONS, FakeSmtpServer
from tests.fakes.waiting import eventually
from tests.submission.transmission.parcels import IMPATIENT, MESSAGE, PATIENT, SOON_TIRED, Wish, carrier

FEW = ("8BITMIME", "SIZE 35882577")
WITHOUT_CHUNKS = tuple(each for each in ALL_EXTENSIONS if each != "CHUNKING")
OFFERS = {"dot": FEW, "dot, pipelined": WITHOUT_CHUNKS, "chunks": ALL_EXTENSIONS}
THREE = ("b@example.test", "c@example.test", "d@example.test")


@pytest.fixture(params=list(OFFERS.values()), ids=list(OFFERS))
async def server(request: pytest.FixtureRequest) -> AsyncIterator[FakeSmtpServer]:
    async with FakeSmtpServer(extensions=request.param) as running:
        yield running


def content_command(server: FakeSmtpServer) -> str:
    return "BDAT" if "CHUNKING" in server.extensions else "DATA"


async def test_messages_one_after_the_other_arrive_as_they_are(server: FakeSmtpServer) -> None:
    async with carrier(server) as each:
        for _ in range(3):
            wish = Wish(THREE)
            carried = await each.carry(wish)
            assert (carried.accepted, carried.refused, carried.untried) == (THREE, (), ())
            assert carried.reply is not None
            assert (carried.reply.code, carried.reply.enhanced) == (250, "2.0.0")
            assert (carried.is_usable, carried.may_have_gone, carried.fault) == (True, False, None)
            assert (carried.command, wish.asked) == (content_command(server), 1)
    assert [message.content for message in server.messages] == [MESSAGE] * 3
    assert [message.recipients for message in server.messages] == [list(THREE)] * 3
    assert server.statistics.connections == 1


@pytest.mark.parametrize(
    "pieces",
    [
        (b"a\r\n.\r", b"\n.b\r\n", b".", b"\r\n"),
        (b".", b"\r\n"),
        tuple(bytes([octet]) for octet in MESSAGE),
        ((b"x" * 998 + b"\r\n") * 3000,),
    ],
    ids=["split line ends", "only a dot", "octet by octet", "3 MB"],
)
async def test_contents_in_all_pieces_arrive_as_they_are(server: FakeSmtpServer, pieces: tuple[bytes, ...]) -> None:
    async with carrier(server) as each:
        assert (await each.carry(Wish(pieces=pieces))).reply is not None
        assert (await each.carry()).reply is not None
    assert [message.content for message in server.messages] == [b"".join(pieces), MESSAGE]


async def test_each_refused_recipient_is_named_and_the_others_get_the_message(server: FakeSmtpServer) -> None:
    server.reply_with("RCPT c@example.test", "550 5.1.1 No such user, pass")
    server.reply_with("RCPT d@example.test", "451 4.2.0 Later")
    async with carrier(server) as each:
        carried = await each.carry(Wish(THREE))
    assert carried.accepted == ("b@example.test",)
    told = [(each.recipient, each.command, each.reply.code, each.reply.enhanced) for each in carried.refused]
    assert told == [("c@example.test", "RCPT TO", 550, "5.1.1"), ("d@example.test", "RCPT TO", 451, "4.2.0")]
    assert "pass" not in carried.refused[0].reply.text
    assert server.messages[0].recipients == ["b@example.test"]


@pytest.mark.parametrize(("stage", "command"), [("MAIL", "MAIL FROM"), ("RCPT", "RCPT TO")])
async def test_without_recipients_nothing_is_sent(server: FakeSmtpServer, stage: str, command: str) -> None:
    server.reply_with(stage, "550 5.7.1 Not you")
    async with carrier(server) as each:
        wish = Wish(THREE)
        carried = await each.carry(wish)
        assert [(each.recipient, each.command) for each in carried.refused] == [(each, command) for each in THREE]
        assert (carried.reply, carried.fault, wish.asked, wish.read) == (None, None, 0, 0)
        server.behave()
        assert (await each.carry()).reply is not None
    assert len(server.messages) == 1


async def test_what_may_not_be_sent_is_not_sent(server: FakeSmtpServer) -> None:
    async with carrier(server) as each:
        carried = await each.carry(Wish(allowed=False))
        assert (carried.accepted, carried.reply, carried.fault) == (("b@example.test",), None, None)
        assert carried.is_usable
        assert not carried.may_have_gone
        assert server.statistics.commands()[-1] == "RSET"
        assert (await each.carry()).reply is not None
    assert len(server.messages) == 1


async def test_the_message_as_a_whole_is_refused(server: FakeSmtpServer) -> None:
    for stage in {"END", content_command(server)}:
        async with carrier(server) as each:
            server.reply_with(stage, "554 5.6.0 Not this")
            carried = await each.carry(Wish(THREE))
            assert carried.reply is not None
            assert (carried.reply.code, carried.accepted, carried.may_have_gone) == (554, THREE, False)
            assert carried.is_usable
            server.behave()
            assert (await each.carry()).is_usable
    assert {message.content for message in server.messages} == {MESSAGE}


EARLY = ["MAIL", "RCPT", "RCPT c@example.test"]


def before(server: FakeSmtpServer) -> list[str]:
    """The stages at which the message has not gone."""
    return [*EARLY, "DATA"] if content_command(server) == "DATA" else EARLY


def assert_not_gone(carried: Carried, server: FakeSmtpServer) -> None:
    assert carried.fault is not None
    assert not carried.fault.is_final
    assert carried.reply is None
    assert not carried.may_have_gone
    assert not carried.is_usable
    assert {*carried.accepted, *carried.untried, *(each.recipient for each in carried.refused)} == set(THREE)
    assert server.messages == []


async def test_a_cut_before_the_end_leaves_nothing_in_doubt(server: FakeSmtpServer) -> None:
    for stage in before(server):
        server.behave()
        server.drop_on(stage)
        async with carrier(server) as each:
            carried = await each.carry(Wish(THREE))
        assert_not_gone(carried, server)
        assert carried.fault is not None
        assert (carried.fault.code, carried.fault.command[:4]) == ("ECONNRESET", stage[:4])


async def test_a_server_that_takes_its_leave(server: FakeSmtpServer) -> None:
    for stage in before(server):
        server.behave()
        server.reply_with(stage, "421 4.3.2 Shutting down")
        async with carrier(server) as each:
            carried = await each.carry(Wish(THREE))
        assert_not_gone(carried, server)
        assert carried.fault is not None
        assert (carried.fault.code, carried.fault.message) == ("4.3.2", "4.3.2 Shutting down")
        assert carried.fault.reply == Reply(421, "Shutting down", "4.3.2")
        assert carried.refused == ()


async def test_a_server_that_hangs(server: FakeSmtpServer) -> None:
    for stage in before(server):
        server.behave()
        server.stay_silent_on(stage)
        async with carrier(server, IMPATIENT) as each:
            carried = await each.carry(Wish(THREE))
        assert_not_gone(carried, server)
        assert carried.fault is not None
        assert carried.fault.code == "ETIMEDOUT"


@pytest.mark.parametrize("after", [0, 50, 100_000, 1_500_000])
async def test_a_cut_in_the_middle_of_the_content(server: FakeSmtpServer, after: int) -> None:
    server.drop_in_data(after)
    async with carrier(server) as each:
        # More than the system can hold, so that the end cannot have left when the cut comes.
        carried = await each.carry(Wish(THREE, pieces=((b"x" * 78 + b"\r\n") * 100_000,) * 3))
    assert_not_gone(carried, server)


@pytest.mark.parametrize(("stage", "taken"), [("END", 0), ("TAKEN", 1)])
async def test_a_lost_answer_leaves_the_message_in_doubt(server: FakeSmtpServer, stage: str, taken: int) -> None:
    for fails in (server.drop_on, server.stay_silent_on):
        server.behave()
        server.messages.clear()
        fails(stage)
        async with carrier(server, SOON_TIRED if fails == server.stay_silent_on else PATIENT) as each:
            carried = await each.carry(Wish(THREE))
        assert carried.may_have_gone
        assert carried.fault is not None
        assert carried.fault.code == ("ECONNRESET" if fails == server.drop_on else "ETIMEDOUT")
        assert carried.fault.command == content_command(server)
        assert (carried.accepted, carried.reply, carried.is_usable) == (THREE, None, False)
        assert len(server.messages) == taken


async def test_an_answer_that_cannot_be_read_leaves_the_message_in_doubt(server: FakeSmtpServer) -> None:
    for said in ("hello", "354 go on", "250"):
        server.reply_with("TAKEN", said)
        async with carrier(server) as each:
            carried = await each.carry()
        assert carried.may_have_gone == (said != "250")
        assert (carried.fault is not None) == (said != "250")
    assert len(server.messages) == 3


async def test_a_late_answer_is_waited_for(server: FakeSmtpServer) -> None:
    server.delay_on("TAKEN", 0.1)
    async with carrier(server) as each:
        carried = await each.carry()
    assert carried.reply is not None
    assert carried.reply.is_positive


async def test_421_in_answer_to_the_message_is_an_answer(server: FakeSmtpServer) -> None:
    server.reply_with("END", "421 4.3.2 Shutting down")
    async with carrier(server) as each:
        carried = await each.carry()
    assert carried.reply is not None
    assert (carried.reply.code, carried.may_have_gone, carried.is_usable) == (421, False, False)


async def test_a_cancellation_before_the_end_comes_out_and_nothing_has_gone(server: FakeSmtpServer) -> None:
    server.stay_silent_on("RCPT")
    async with carrier(server) as each:
        task = asyncio.create_task(each.carry())
        await eventually(lambda: "RCPT" in server.statistics.commands())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not each.line.is_whole
    assert server.messages == []


@pytest.mark.parametrize("comes", [True, False])
async def test_a_cancellation_after_the_end_waits_for_the_answer_for_a_while(
    server: FakeSmtpServer, comes: bool
) -> None:
    server.delay_on("TAKEN", 0.1 if comes else 30)
    times = PATIENT if comes else replace(PATIENT, grace=0.05)
    async with carrier(server, times) as each:
        task = asyncio.create_task(each.carry())
        await eventually(lambda: server.messages)
        task.cancel()
        carried = await task
    assert carried.is_interrupted
    assert (carried.reply is not None, carried.may_have_gone) == (comes, not comes)


async def test_a_second_cancellation_ends_the_wait(server: FakeSmtpServer) -> None:
    server.delay_on("TAKEN", 30)
    async with carrier(server) as each:
        task = asyncio.create_task(each.carry())
        await eventually(lambda: server.messages)
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        carried = await task
    assert (carried.is_interrupted, carried.may_have_gone, carried.is_usable) == (True, True, False)


@pytest.mark.parametrize("at", ["content", "may_send"])
async def test_what_the_parcel_raises_comes_out_and_the_line_is_closed(server: FakeSmtpServer, at: str) -> None:
    class Gone(Exception):
        pass

    async def content() -> AsyncIterator[bytes]:
        yield b"Subject: half\r\n"
        raise Gone

    async def may_send() -> bool:
        if at == "may_send":
            raise Gone
        return True

    async with carrier(server) as each:
        parcel = Parcel(Wish().parcel.envelope, content, may_send)
        with pytest.raises(Gone):
            await Transfer(each.line, each.terms, parcel).carry()
        assert not each.line.is_whole
        await eventually(lambda: server.statistics.open_connections == 0)
    assert server.messages == []


async def test_lone_line_ends_are_not_sent(server: FakeSmtpServer) -> None:
    for pieces in ((b"a\n.\nMAIL FROM:<x@example.test>\r\n",), (b"a\r", b"b\r\n"), (b"a\r\nb\r",)):
        async with carrier(server) as each:
            carried = await each.carry(Wish(pieces=pieces))
        assert carried.fault is not None
        assert (carried.fault.code, carried.fault.is_final) == ("EMESSAGE", True)
        assert (carried.may_have_gone, carried.is_usable) == (False, False)
    assert server.messages == []
