"""What is shown of counts and queues."""

from __future__ import annotations

from postroom.schemas.showing.statistics import counters, submit_queue
from postroom.submission.outbox.model import OutboxCounts


def test_counts_have_the_names_of_other_gateways_too() -> None:
    totals = {"deliveries:retry": 2, "deliveries:dead": 1, "submissions:sent": 4, "events:messageNew": 5}
    shown = counters(totals)
    assert shown == {**totals, "webhooks:fail": 3, "submit:success": 4}
    assert list(shown) == sorted(shown)
    assert counters({}) == {}


def test_the_age_of_a_queue_is_in_seconds() -> None:
    shown = submit_queue(OutboxCounts(active=1, waiting=2, delayed=3, paused=4, unknown=5, oldest_due=1000), 9999)
    assert shown == {"active": 1, "waiting": 2, "delayed": 3, "paused": 4, "unknown": 5, "oldestAge": 8}
    assert submit_queue(OutboxCounts(), 9999)["oldestAge"] == 0
    assert submit_queue(OutboxCounts(oldest_due=10_000), 9999)["oldestAge"] == 0
