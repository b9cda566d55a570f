"""What a courier does with the deliveries of a lane, against a real receiver."""

from __future__ import annotations

from prometheus_client import generate_latest

from tests.fakes.webhook_receiver import WebhookReceiver, respond
from tests.webhooks.conftest import House, message


async def test_what_is_counted(posting: House, receiver: WebhookReceiver, quick_retries: None) -> None:
    receiver.next_answers(respond(500))
    async with posting.delivering():
        await posting.announce("anna", [message()])
        await posting.wait_for_states("delivered")
    told = generate_latest(posting.figures.registry()).decode().splitlines()
    assert 'postroom_events_total{type="messageNew"} 1.0' in told
    assert 'postroom_webhook_deliveries_total{result="retry"} 1.0' in told
    assert 'postroom_webhook_deliveries_total{result="delivered"} 1.0' in told
    assert "postroom_webhook_request_duration_seconds_count 2.0" in told
    assert "postroom_webhook_delivery_delay_seconds_count 1.0" in told
