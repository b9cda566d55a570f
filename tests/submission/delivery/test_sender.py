"""The task that sends, on a real database, at a counting server."""

from __future__ import annotations

from tests.fakes.smtp_server import FakeSmtpServer
from tests.submission.delivery.sendings import PostHouse


async def test_a_message_is_sent(house: PostHouse, server: FakeSmtpServer) -> None:
    await house.add_account()
    queue_id = await house.submit("ann", "bob@example.test", "carl@example.test")
    async with house.sending():
        await house.until("sent")
    [message] = server.messages
    assert (message.user, message.sender, message.recipients) == (
        "ann",
        "ann@example.test",
        ["bob@example.test", "carl@example.test"],
    )
    [row] = await house.rows()
    assert (row.attempts, row.attempt, row.response, row.error) == (1, None, "250 2.0.0 Queued as 1", None)
    assert row.finished_at >= row.attempted_at >= row.created_at
    assert await house.recipients() == [("bob@example.test", "sent"), ("carl@example.test", "sent")]
    [(name, data)] = await house.told()
    assert (name, data["queueId"], data["response"]) == ("messageSent", queue_id, "250 2.0.0 Queued as 1")


async def test_messages_of_an_account_are_sent_in_order(house: PostHouse, server: FakeSmtpServer) -> None:
    await house.add_account()
    for number in range(50):
        await house.submit(number=number)
    async with house.sending():
        await house.until(*["sent"] * 50)
    assert house.subjects() == [str(number) for number in range(50)]
    assert server.statistics.logins == 1
