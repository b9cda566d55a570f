"""The buttons of the outbox do what they say, and say what they did."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
import sqlalchemy as sa
from starlette.responses import Response

from postroom.storage.schema.sending import submission_bodies
from postroom.submission.model import MessageState
from postroom.submission.outbox.model import SubmissionNotFound
from postroom.web.dashboard.desk import Desk
from postroom.web.dashboard.outbox import command_screen
from tests.web.dashboard.outbox.conftest import Sending
from tests.web.dashboard.visits import gone_to, visit


def said(response: Response, queue_id: str) -> str:
    """What the next page says; it is the page of the message."""
    assert gone_to(response) == f"/dashboard/outbox/{queue_id}"
    return unquote(unquote(response.headers["set-cookie"].partition("=")[2].partition(";")[0])).strip('"')


async def state_of(desk: Desk, queue_id: str) -> MessageState:
    return (await desk.outbox.item(queue_id)).state


async def test_a_queued_message_is_taken_back(desk: Desk, sending: Sending) -> None:
    queue_id = await sending.submit()
    assert said(await command_screen.cancel(desk, visit(form={}, id=queue_id)), queue_id).startswith("ok:")
    assert await state_of(desk, queue_id) is MessageState.CANCELLED


async def test_a_sent_message_is_not_taken_back(desk: Desk, sending: Sending) -> None:
    queue_id = await sending.submit(state="sent")
    answer = await command_screen.cancel(desk, visit(form={}, id=queue_id))
    assert said(answer, queue_id) == "wait:The message was sent, so it cannot be taken back."


async def test_a_message_that_some_have_is_not_sent_to_the_others(desk: Desk, sending: Sending) -> None:
    queue_id = await sending.submit("anna", "bert@example.net")
    await sending.change_recipients(queue_id, state="sent")
    assert "Some recipients had it" in said(await command_screen.cancel(desk, visit(form={}, id=queue_id)), queue_id)


async def test_a_failed_message_is_tried_again(desk: Desk, sending: Sending) -> None:
    queue_id = await sending.submit(state="failed")
    assert said(await command_screen.retry(desk, visit(form={}, id=queue_id)), queue_id).startswith("ok:")
    assert await state_of(desk, queue_id) is MessageState.QUEUED
    assert said(await command_screen.retry(desk, visit(form={}, id=queue_id)), queue_id).startswith("wait:")


@pytest.mark.parametrize(("as_", "state"), [("sent", MessageState.SENT), ("retry", MessageState.QUEUED)])
async def test_an_unknown_message_is_decided(desk: Desk, sending: Sending, as_: str, state: MessageState) -> None:
    queue_id = await sending.submit(state="unknown")
    answer = await command_screen.resolve(desk, visit(form={"as": as_}, id=queue_id))
    assert said(answer, queue_id).startswith("ok:")
    assert await state_of(desk, queue_id) is state
    # The form is sent once more.
    answer = await command_screen.resolve(desk, visit(form={"as": as_}, id=queue_id))
    assert said(answer, queue_id).startswith("wait:")
    assert await state_of(desk, queue_id) is state


@pytest.mark.parametrize("as_", ["", "failed", "SENT"])
async def test_without_a_choice_nothing_is_decided(desk: Desk, sending: Sending, as_: str) -> None:
    queue_id = await sending.submit(state="unknown")
    answer = await command_screen.resolve(desk, visit(form={"as": as_}, id=queue_id))
    assert "Nothing was decided" in said(answer, queue_id)
    assert await state_of(desk, queue_id) is MessageState.UNKNOWN


async def test_a_message_whose_content_is_gone_is_not_sent_again(desk: Desk, sending: Sending) -> None:
    queue_id = await sending.submit(state="unknown")
    await desk.accounts.db.write(lambda conn: conn.execute(sa.delete(submission_bodies)) and None)
    answer = await command_screen.resolve(desk, visit(form={"as": "retry"}, id=queue_id))
    assert "no longer kept" in said(answer, queue_id)
    assert await state_of(desk, queue_id) is MessageState.UNKNOWN


async def test_all_sending_is_paused_and_resumed(desk: Desk) -> None:
    for sent, is_paused in (("1", True), ("0", False)):
        answer = await command_screen.pause(desk, visit(form={"paused": sent}))
        assert gone_to(answer) == "/dashboard/outbox"
        assert (await desk.runtime.get()).sending_paused is is_paused


async def test_a_message_that_is_not_there(desk: Desk) -> None:
    for page in command_screen.PAGES:
        if "{id}" in page.path:
            with pytest.raises(SubmissionNotFound):
                await page.screen(desk, visit(form={}, id="18bcfe56800abababab"))
