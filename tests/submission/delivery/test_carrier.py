"""What becomes of messages, whatever the server says: a real database, a counting server, one sender."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from postroom.connections.quirks.profile import SendingLimits
from postroom.storage.schema.sending import sending_lanes, submission_bodies, submissions
from postroom.storage.statements.connection import Connection
from postroom.submission.plan import RepliesTo, SendingPlan
from postroom.submission.transmission import connections
from tests.fakes.ports import PortReservation
from tests.fakes.smtp_server import FakeSmtpServer
from tests.fakes.waiting import eventually
from tests.submission.delivery.sendings import PostHouse, until_taken
from tests.submission.transmission.parcels import IMPATIENT

LARGE = b"Subject: 0\r\nMessage-ID: <large@example.test>\r\n\r\n" + b"0123456789abcde\r\n" * 150_000


async def test_a_deferred_recipient_gets_it_later(house: PostHouse, server: FakeSmtpServer) -> None:
    server.reply_with("RCPT bob@example.test", "450 4.2.0 Later", times=1)
    await house.add_account()
    await house.submit("ann", "bob@example.test", "carl@example.test")
    async with house.sending():
        await until_taken(server, 1)
        await house.until("queued")
        [row] = await house.rows()
        assert row.attempts == 1
        assert 4000 <= row.next_at - row.attempted_at < 8000
        assert row.error == {
            "message": "450 4.2.0 Later",
            "code": "EENVELOPE",
            "statusCode": 450,
            "command": "RCPT TO",
            "advice": None,
        }
        await house.until_released()
        await house.hasten()
        await house.until("sent")
    assert [message.recipients for message in server.messages] == [["carl@example.test"], ["bob@example.test"]]
    assert await house.names() == ["messageSent", "messageDeliveryError", "messageSent"]


async def test_a_deferred_message_does_not_hold_up_the_next(house: PostHouse, server: FakeSmtpServer) -> None:
    server.reply_with("RCPT bob@example.test", "451 4.3.0 Later")
    await house.add_account()
    await house.submit("ann", "bob@example.test", number=1)
    await house.submit("ann", "carl@example.test", number=2)
    async with house.sending():
        await house.until("queued", "sent")
    assert house.subjects() == ["2"]


async def test_a_refused_message_fails_at_once(house: PostHouse, server: FakeSmtpServer) -> None:
    server.reply_with("END", "554 5.7.1 It looks like spam")
    await house.add_account()
    await house.submit()
    async with house.sending():
        await house.until("failed")
    assert await house.names() == ["messageDeliveryError", "messageFailed"]
    [_, (_, failed)] = await house.told()
    assert failed["error"] == "554 5.7.1 It looks like spam"
    assert failed["recipients"][0]["advice"] == (
        "The server took the message for spam. Change its contents, or ask the recipient to allow the sender."
    )
    assert len(await house.rows(submission_bodies)) == 1


async def test_the_last_attempt_fails_the_message(house: PostHouse, server: FakeSmtpServer) -> None:
    server.reply_with("RCPT", "450 4.2.0 Later")
    await house.add_account()
    await house.submit(most_attempts=2)
    async with house.sending():
        await eventually_attempts(house, 1)
        await house.hasten()
        await house.until("failed")
    assert await house.names() == ["messageDeliveryError", "messageDeliveryError", "messageFailed"]
    assert await house.recipients() == [("bob@example.test", "refused")]


async def eventually_attempts(house: PostHouse, count: int) -> None:
    """Wait until the only message was tried so often, and its lane is free."""
    while (await house.rows())[0].attempts < count:
        await house.until_released()
    await house.until_released()


async def test_a_lost_answer_is_unknown_and_never_sent_again(house: PostHouse, server: FakeSmtpServer) -> None:
    server.drop_on("TAKEN")
    await house.add_account()
    await house.submit()
    async with house.sending():
        await house.until("unknown")
        server.behave()
        await house.until_released()
        await house.hasten()
        await house.submit(number=1)
        await house.until("unknown", "sent")
    assert house.subjects() == ["0", "1"]
    assert await house.tasks() == ["find"]
    assert await house.recipients() == [("bob@example.test", "unknown"), ("bob@example.test", "sent")]
    assert (await house.names())[0] == "messageUnknown"


async def test_a_server_that_does_not_answer_the_dot_leaves_it_unknown(
    house: PostHouse, server: FakeSmtpServer
) -> None:
    server.stay_silent_on("END")
    await house.add_account()
    await house.submit()
    async with house.sending(times=IMPATIENT):
        await house.until("unknown")
    assert server.messages == []


async def test_a_connection_cut_in_the_message_is_tried_again(house: PostHouse, server: FakeSmtpServer) -> None:
    server.drop_in_data(after=1000)
    await house.add_account()
    await house.submit(octets=LARGE)
    async with house.sending():
        await eventually_attempts(house, 1)
        server.behave()
        await house.hasten()
        await house.until("sent")
    assert len(server.messages) == 1


async def test_more_recipients_than_the_server_takes_go_in_several_transactions(
    house: PostHouse, server: FakeSmtpServer
) -> None:
    server.most_recipients = 2
    await house.add_account()
    await house.submit("ann", *(f"{number}@example.test" for number in range(5)))
    async with house.sending():
        await house.until("sent")
    assert [len(message.recipients) for message in server.messages] == [2, 2, 1]
    assert (await house.rows())[0].attempts == 1
    assert await house.names() == ["messageSent"] * 3


async def test_an_account_whose_server_is_away_waits_as_a_whole(house: PostHouse, server: FakeSmtpServer) -> None:
    nowhere = PortReservation()
    gone = {"host": "127.0.0.1", "port": nowhere.port, "auth": {"user": "u", "pass": "p"}}
    await house.add_account("ann", smtp=gone)
    await house.add_account("bea")
    for number in range(3):
        await house.submit("ann", number=number)
    await house.submit("bea")
    async with house.sending():
        await house.until("queued", "queued", "queued", "sent")
        await house.until_released()
    nowhere.release()
    rows = await house.rows()
    assert [row.attempts for row in rows] == [1, 1, 1, 1]
    assert {row.error["code"] for row in rows[:3]} == {"ECONNREFUSED"}
    lane = (await house.rows(sending_lanes))[0]
    assert lane.failures == 1
    assert lane.held_until > rows[0].created_at
    assert lane.held_for == rows[0].error["message"]
    assert (lane.last["status"], lane.last["code"]) == ("error", "ECONNREFUSED")
    assert (await house.names()).count("messageDeliveryError") == 3


async def test_success_ends_the_pauses(house: PostHouse, server: FakeSmtpServer) -> None:
    await server.stop()
    await house.add_account()
    await house.submit()
    async with house.sending():
        await eventually_attempts(house, 1)
        await server.start()
        await house.hasten()
        await house.until("sent")
        await house.until_released()
    lane = await house.lane()
    assert (lane.failures, lane.held_until, lane.held_for, lane.next_at) == (0, None, None, None)
    assert (lane.last["status"], lane.last["response"]) == ("ok", "250 2.0.0 Queued as 1")


async def test_refused_credentials_fail_the_messages_at_once(house: PostHouse, server: FakeSmtpServer) -> None:
    server.password = "another"
    await house.add_account()
    await house.submit(number=0)
    await house.submit(number=1)
    async with house.sending():
        await house.until("failed", "failed")
    [(_, error), *_] = await house.told("messageDeliveryError")
    assert (error["errorCode"], error["smtpCommand"], error["job"]["nextAttempt"]) == ("EAUTH", "AUTH", False)
    assert server.statistics.commands().count("AUTH") == 1


async def test_a_busy_server_is_tried_again(house: PostHouse, server: FakeSmtpServer) -> None:
    server.reply_with("AUTH", "454 4.7.0 Temporary failure", times=1)
    await house.add_account()
    await house.submit()
    async with house.sending():
        await eventually_attempts(house, 1)
        await house.hasten()
        await house.until("sent")


async def test_a_limit_of_the_provider_pauses_the_account(house: PostHouse, server: FakeSmtpServer) -> None:
    server.reply_with("MAIL", "550 5.4.5 Daily user sending limit exceeded")
    await house.add_account()
    for number in range(3):
        await house.submit(number=number)
    async with house.sending():
        await eventually(lambda: server.statistics.commands().count("MAIL"))
        await house.until_released()
    rows = await house.rows()
    assert {(row.state, row.attempts) for row in rows} == {("queued", 0)}
    lane = await house.lane()
    assert lane.held_for == "550 5.4.5 Daily user sending limit exceeded"
    assert lane.held_until - rows[0].created_at >= 3_600_000 - 5000
    assert server.statistics.commands().count("MAIL") == 1
    assert lane.failures == 0


async def test_the_budget_of_the_provider_is_kept(
    house: PostHouse, server: FakeSmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "sending_for", lambda _host: SendingLimits(per_minute=2))
    await house.add_account()
    for number in range(4):
        await house.submit(number=number)
    async with house.sending():
        await until_taken(server, 2)
        await house.until_released()
        await house.hasten()
        while (await house.lane()).held_until is None:
            await asyncio.sleep(0.01)
    assert await house.states() == ["sent", "sent", "queued", "queued"]
    lane = await house.lane()
    assert lane.held_for == "The provider takes 2 messages of an account a minute."
    assert 60_000 - 5000 < lane.held_until - (await house.rows())[1].finished_at <= 70_000
    assert [row.attempts for row in await house.rows()] == [1, 1, 0, 0]
    assert house.subjects() == ["0", "1"]


async def test_a_message_cancelled_in_time_is_not_sent(house: PostHouse, server: FakeSmtpServer) -> None:
    await house.add_account()
    for number in range(4):
        await house.submit(number=number)
    server.delay_on("MAIL", 0.1)

    def cancel(conn: Connection) -> None:
        last = submissions.c.queue_id == house.submitted[-1]
        conn.execute(sa.update(submissions).where(last, submissions.c.state == "queued").values(state="cancelled"))

    async with house.sending():
        await eventually(lambda: server.lines.count("RSET") or "MAIL" in " ".join(server.lines))
        await house.db.write(cancel)
        await house.until("sent", "sent", "sent", "cancelled")
    assert house.subjects() == ["0", "1", "2"]


async def test_what_is_left_to_do_is_written_down(house: PostHouse, server: FakeSmtpServer) -> None:
    imap = {"host": "127.0.0.1", "port": 1, "auth": {"user": "u", "pass": "p"}}
    await house.add_account(imap=imap)
    plan = SendingPlan(answers=RepliesTo("AAAA", "reply"), draft="BBBB")
    await house.submit(plan=plan)
    await house.submit(plan=SendingPlan(copy=False), number=1)
    async with house.sending():
        await house.until("sent", "sent")
    assert await house.tasks() == ["copy", "draft", "mark"]
    assert [row.copied for row in await house.rows()] == ["pending", None]


async def test_a_large_message_is_sent_piece_by_piece(house: PostHouse, server: FakeSmtpServer) -> None:
    await house.add_account()
    await house.submit(octets=LARGE)
    async with house.sending():
        await house.until("sent")
    assert server.messages[0].content == LARGE


async def test_a_message_whose_octets_are_gone_fails(house: PostHouse, server: FakeSmtpServer) -> None:
    await house.add_account()
    await house.submit()
    await house.submit(number=1)
    first = (await house.rows())[0].id
    await house.db.write(
        lambda conn: conn.execute(sa.delete(submission_bodies).where(submission_bodies.c.submission == first)) and None
    )
    async with house.sending():
        await house.until("failed", "sent")
    assert (await house.rows())[0].error["code"] == "EMESSAGE"


async def test_a_message_with_a_proxy_of_its_own_fails_alone(house: PostHouse, server: FakeSmtpServer) -> None:
    nowhere = PortReservation()
    await house.add_account()
    await house.submit(proxy=f"socks5://user:hidden@127.0.0.1:{nowhere.port}")
    await house.submit(number=1)
    async with house.sending():
        await house.until("queued", "sent")
        await house.until_released()
    nowhere.release()
    [row, _] = await house.rows()
    assert row.attempts == 1
    assert "hidden" not in str(row)
    assert (await house.lane()).failures == 0


async def test_an_account_without_a_server_fails_its_messages(house: PostHouse) -> None:
    await house.add_account()
    await house.submit()
    imap = {"host": "127.0.0.1", "port": 1, "auth": {"user": "u", "pass": "p"}}
    await house.accounts.update("ann", {"smtp": False, "imap": imap})
    async with house.sending():
        await house.until("failed")
    assert (await house.rows())[0].error["code"] == "ENOSMTP"
