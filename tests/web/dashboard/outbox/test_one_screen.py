"""One message: recipients, what happened, and the buttons that its state allows."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from postroom.events.log import append
from postroom.events.sending import DeliveryError, Posted
from postroom.storage.schema.sending import submission_bodies, submission_tasks, submissions
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts
from postroom.submission.outbox.model import SubmissionNotFound
from postroom.web.dashboard.desk import Desk
from postroom.web.dashboard.outbox import one_screen
from tests.web.dashboard.outbox.conftest import Sending
from tests.web.dashboard.visits import HOSTILE, text_of, visit


async def shown(desk: Desk, queue_id: str, *, part: bool = False) -> str:
    return text_of(await one_screen.show(desk, visit(id=queue_id, part=part)))


async def test_a_message_shows_its_recipients_with_the_servers_words(desk: Desk, sending: Sending) -> None:
    queue_id = await sending.submit("anna", "bert@example.net", "cleo@example.net", state="failed")
    await sending.change_recipients(queue_id, code=550, enhanced="5.1.1", said="No such user", advice="Correct it.")
    text = await shown(desk, queue_id)
    for words in ("bert@example.net", "cleo@example.net", "550 5.1.1", "No such user", "Correct it.", "It broke."):
        assert words in text
    assert f'action="/dashboard/outbox/{queue_id}/retry"' in text


@pytest.mark.parametrize(
    ("state", "commands"),
    [
        ("queued", {"cancel"}),
        ("sending", set()),
        ("sent", set()),
        ("failed", {"retry"}),
        ("unknown", {"resolve"}),
        ("cancelled", set()),
    ],
)
async def test_only_what_can_be_done_is_offered(desk: Desk, sending: Sending, state: str, commands: set[str]) -> None:
    queue_id = await sending.submit(state=state)
    text = await shown(desk, queue_id)
    offered = {each for each in ("cancel", "retry", "resolve") if f"/{queue_id}/{each}" in text}
    assert offered == commands
    is_under_way = state in ("queued", "sending", "unknown")
    assert ("every " in text) is is_under_way, "a page about a known outcome is not loaded again and again"


async def test_an_unknown_one_offers_both_ways_and_says_what_they_do(desk: Desk, sending: Sending) -> None:
    queue_id = await sending.submit(state="unknown")
    text = await shown(desk, queue_id)
    assert '<input type="hidden" name="as" value="sent">' in text
    assert '<input type="hidden" name="as" value="retry">' in text
    assert "they get it twice" in text
    assert "Postroom does not look for it in sent mail" in text


async def test_the_search_in_sent_mail_is_told(desk: Desk, sending: Sending) -> None:
    queue_id = await sending.submit(state="unknown")

    def search(conn: Connection) -> None:
        id_ = conn.execute(sa.select(submissions.c.id)).scalar_one()
        conn.execute(sa.insert(submission_tasks).values(submission=id_, kind="find", next_at=9, attempts=2))

    await desk.accounts.db.write(search)
    assert "looked in sent mail 2 times and did not find it" in await shown(desk, queue_id)


async def test_without_its_content_it_cannot_be_sent_again(desk: Desk, sending: Sending) -> None:
    queue_id = await sending.submit(state="unknown")
    await desk.accounts.db.write(lambda conn: conn.execute(sa.delete(submission_bodies)) and None)
    text = await shown(desk, queue_id)
    assert 'value="retry"' not in text
    assert "its content is no longer kept" in text


async def test_what_happened_is_told_in_order(desk: Desk, sending: Sending) -> None:
    queue_id, other = await sending.submit(), await sending.submit()

    def fail(conn: Connection) -> None:
        key = conn.execute(sa.select(accounts.c.key)).scalar_one()
        for each, made in ((queue_id, 1), (other, 7), (queue_id, 2)):
            posted = Posted(each, "<1@x>", "anna@x", ("bert@x",))
            failed = DeliveryError(posted, HOSTILE, "ETIMEDOUT", None, None, None, made, 10, None)
            append(conn, key, "anna", [failed], desk.clock())

    await desk.accounts.db.write(fail)
    text = await shown(desk, queue_id)
    assert text.index("Attempt 1 of 10 failed for bert@x") < text.index("Attempt 2 of 10")
    assert "Attempt 7 of 10" not in text, "that is another message"
    assert "<script>alert" not in text


async def test_it_is_loaded_again_as_a_part(desk: Desk, sending: Sending) -> None:
    queue_id = await sending.submit()
    text = await shown(desk, queue_id, part=True)
    assert "<html" not in text
    assert "data-countdown" in text
    assert "every 2s" in text
    await sending.change(queue_id, next_at=desk.clock() + 3_600_000)
    assert "every 15s" in await shown(desk, queue_id, part=True)


async def test_hostile_words_stay_words(desk: Desk, sending: Sending) -> None:
    queue_id = await sending.submit("anna", f"{HOSTILE}@x", state="sent", subject=f"{HOSTILE}\u202e")
    await sending.change(queue_id, response=HOSTILE, copied="failed", copy_error=HOSTILE)
    await sending.change_recipients(queue_id, said=HOSTILE, advice=HOSTILE, enhanced=HOSTILE)
    text = await shown(desk, queue_id)
    assert "<script>alert" not in text
    assert "<img src=x" not in text


@pytest.mark.parametrize("queue_id", ["nonsense", "18bcfe56800abababab", "9" * 5000, HOSTILE])
async def test_a_message_that_is_not_there(desk: Desk, queue_id: str) -> None:
    with pytest.raises(SubmissionNotFound):
        await one_screen.show(desk, visit(id=queue_id))
