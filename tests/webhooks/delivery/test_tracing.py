"""The spans of a delivery, and the header that tells the receiver about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from postroom.traces import begin, span
from postroom.webhooks.delivery.tracing import traced_post, with_trace
from postroom.webhooks.endpoints.targets import WebhookRequest
from postroom.webhooks.model import Delivery
from postroom.webhooks.retry import Answer

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
DELIVERY = Delivery(7, "global", 1, 2, 3, "a", "messageNew", 4, 0, 0, 1_700_000_000_000, None, "e", "{}", PARENT)
REQUEST = WebhookRequest("https://hook.example/", {"webhook-id": "e"}, b"{}")


@pytest.fixture
def exported() -> Iterator[InMemorySpanExporter]:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    end = begin("0", provider)
    yield exporter
    end()


async def test_the_first_attempt_shows_the_wait_and_a_refusal_is_a_failure(exported: InMemorySpanExporter) -> None:
    async def refuse() -> Answer:
        return Answer(503)

    async def accept() -> Answer:
        return Answer(204)

    async def vanish() -> Answer:
        return Answer(code="ETIMEDOUT")

    await traced_post(DELIVERY, refuse)
    await traced_post(replace(DELIVERY, attempts=1), accept)
    await traced_post(replace(DELIVERY, attempts=2), vanish)
    told = [(each.name, each.status.description) for each in exported.get_finished_spans()]
    assert told == [
        ("webhook.wait", None),
        ("webhook.post", "HTTP503"),
        ("webhook.post", None),
        ("webhook.post", "ETIMEDOUT"),
    ]
    assert {f"{each.context.trace_id:032x}" for each in exported.get_finished_spans() if each.context} == {PARENT[3:35]}


@pytest.mark.parametrize(
    ("event_at", "began"),
    [
        (1_699_999_998_000, 1_699_999_998_000),
        # The clock of another node is ahead; the event is no longer kept; the event is replayed a day later.
        (1_700_000_000_500, 1_700_000_000_000),
        (0, 1_700_000_000_000),
        (1_699_913_600_000, 1_700_000_000_000),
    ],
)
async def test_the_wait_begins_with_the_event(exported: InMemorySpanExporter, event_at: int, began: int) -> None:
    async def accept() -> Answer:
        return Answer(204)

    await traced_post(replace(DELIVERY, event_at=event_at), accept)
    wait, _ = exported.get_finished_spans()
    assert wait.start_time == began * 1_000_000


async def test_the_receiver_is_told_the_trace(exported: InMemorySpanExporter) -> None:
    with span("webhook.post", parent=PARENT):
        told = with_trace(REQUEST)
        assert told.headers["traceparent"].startswith(PARENT[:35])
        assert told.headers["webhook-id"] == "e"
        own = replace(REQUEST, headers={"Traceparent": "mine"})
        assert with_trace(own) is own


def test_without_traces_the_request_stays_as_it_is() -> None:
    assert with_trace(REQUEST) is REQUEST
