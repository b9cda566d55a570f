"""A success is delivered with one request, end to end, whatever follows its status."""

from __future__ import annotations

import pytest

from tests.fakes.webhook_receiver import Answer, WebhookReceiver, close_half_way, respond
from tests.webhooks.conftest import House


@pytest.mark.usefixtures("quick_retries")
@pytest.mark.parametrize(
    "answer",
    [close_half_way(), respond(headers={"X-Large": "x" * 9000})],
    ids=["half an answer", "a header of 9 kB"],
)
async def test_a_success_is_delivered_with_one_request(
    posting: House, receiver: WebhookReceiver, answer: Answer
) -> None:
    receiver.answer_with(answer)
    async with posting.delivering():
        await posting.announce_numbers("anna", 1, 2, 3)
        await receiver.wait_for_count(3)
        await posting.wait_for_states("delivered", "delivered", "delivered")
    assert len({each.headers["webhook-id"] for each in receiver.requests}) == len(receiver.requests) == 3
    assert {each.headers["x-ee-wh-attempts-made"] for each in receiver.requests} == {"0"}
