"""The verdict on an event at one endpoint, from values alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postroom.clock import iso
from postroom.webhooks.fates.verdict import Announced, FateKind, fate_of, fate_of_delivery
from postroom.webhooks.model import Objection, TargetKind, WebhookEndpoint
from postroom.webhooks.views import DeliveryView, EndpointView, QueuePlace

NOW = 1_000_000
EVENT = Announced(seq=7, type="messageNew", at=500_000, is_routed=True)
CONFIG = WebhookEndpoint(
    "wh_1", "https://x.example", events=("messageSent",), accounts=("bert",), metadata={"tier": "gold"}
)
VIEW = EndpointView(
    id="wh_1",
    kind=TargetKind.OBJECT,
    url="https://x.example",
    enabled=True,
    config=CONFIG,
    created_at=100,
    updated_at=400_000,
    failing_since=None,
    paused_until=None,
    last_error=None,
)
IN_SETTINGS = replace(VIEW, id="global", kind=TargetKind.GLOBAL, config=None, created_at=None, updated_at=None)
DELIVERY = DeliveryView(
    id=3,
    endpoint="wh_1",
    account="anna",
    type="messageNew",
    state="pending",
    attempts=0,
    created_at=500_100,
    attempted_at=None,
    finished_at=None,
    last_status=None,
    last_error=None,
    event_id="an id",
    event_seq=7,
)
FAILED = replace(DELIVERY, attempts=2, attempted_at=600_000, last_status=500, last_error="HTTP500: no room")


@pytest.mark.parametrize(
    ("objection", "kind", "words", "detail"),
    [
        (Objection.TYPE, FateKind.UNWANTED, "does not want events of this type", "messageSent"),
        (Objection.ACCOUNT, FateKind.UNWANTED, "other accounts", "bert"),
        (Objection.METADATA, FateKind.UNWANTED, "metadata", "tier=gold"),
        (Objection.ENDPOINT_OFF, FateKind.OFF, "switched off", ""),
        (Objection.WEBHOOKS_OFF, FateKind.OFF, "Webhooks are switched off", "webhooksEnabled"),
        (Objection.NO_URL, FateKind.OFF, "no URL", "webhooks"),
        (Objection.OWN_URL, FateKind.UNWANTED, "a URL of its own", ""),
        (Objection.FOLDER, FateKind.UNWANTED, "not in the inbox", "inboxNewOnly"),
        (Objection.ASKED_NOT_TO, FateKind.OFF, "switched off", ""),
    ],
)
def test_what_an_endpoint_does_not_want(objection: Objection, kind: FateKind, words: str, detail: str) -> None:
    fate = fate_of(EVENT, VIEW, objection, (), NOW)
    assert fate.kind is kind
    assert words in fate.text
    assert detail in fate.detail


def test_every_objection_has_words_at_targets_in_the_settings_too() -> None:
    for objection in Objection:
        assert fate_of(EVENT, IN_SETTINGS, objection, ("messageSent",), NOW).text
    assert fate_of(EVENT, IN_SETTINGS, Objection.TYPE, ("messageSent",), NOW).detail == "It wants messageSent."


def test_an_endpoint_that_did_not_exist_at_that_time() -> None:
    later = replace(VIEW, created_at=500_001)
    for objection in (None, Objection.TYPE):
        assert fate_of(EVENT, later, objection, (), NOW).kind is FateKind.TOO_NEW
    assert fate_of(EVENT, replace(VIEW, created_at=500_000), None, (), NOW).kind is FateKind.CHANGED


def test_an_endpoint_that_wants_it_now_but_got_nothing() -> None:
    assert fate_of(EVENT, VIEW, None, (), NOW).kind is FateKind.CHANGED
    assert fate_of(replace(EVENT, is_routed=False), VIEW, None, (), NOW).kind is FateKind.WAITING


def test_who_switched_it_off_and_since_when() -> None:
    by_hand = fate_of(EVENT, replace(VIEW, enabled=False), Objection.ENDPOINT_OFF, (), NOW)
    assert (by_hand.at, by_hand.said) == (400_000, "")
    gone = replace(VIEW, enabled=False, last_error={"message": "410 Gone", "time": iso(450_000)})
    by_receiver = fate_of(EVENT, gone, Objection.ENDPOINT_OFF, (), NOW)
    assert (by_receiver.at, by_receiver.said) == (450_000, "410 Gone")


def test_a_long_list_of_names_is_cut() -> None:
    many = replace(VIEW, config=replace(CONFIG, accounts=tuple(f"a{at}" for at in range(100))))
    assert fate_of(EVENT, many, Objection.ACCOUNT, (), NOW).detail.endswith("a29 and 70 more.")


@pytest.mark.parametrize(
    ("state", "attempts", "kind", "text", "said"),
    [
        ("delivered", 1, FateKind.DELIVERED, "Delivered.", ""),
        ("delivered", 3, FateKind.DELIVERED, "Delivered with attempt 3.", ""),
        ("dead", 10, FateKind.GIVEN_UP, "Given up after 10 attempts.", "HTTP500: no room"),
        ("dead", 1, FateKind.GIVEN_UP, "Given up after 1 attempt.", "HTTP500: no room"),
        ("dead", 0, FateKind.GIVEN_UP, "Given up before anything was sent.", "HTTP500: no room"),
        ("dropped", 0, FateKind.DROPPED, "It was no longer wanted when its turn came.", "HTTP500: no room"),
        ("replayed", 10, FateKind.REPLAYED, "Given up after 10 attempts, and queued again later.", "HTTP500: no room"),
    ],
)
def test_a_delivery_that_has_ended(state: str, attempts: int, kind: FateKind, text: str, said: str) -> None:
    ended = replace(FAILED, state=state, attempts=attempts, finished_at=700_000)
    fate = fate_of_delivery(ended, None, VIEW, NOW)
    assert (fate.kind, fate.text, fate.said, fate.at, fate.delivery) == (kind, text, said, 700_000, 3)


def test_a_delivery_that_waits_for_its_turn() -> None:
    behind = fate_of_delivery(DELIVERY, QueuePlace(behind=5, due=NOW + 9), VIEW, NOW)
    assert (behind.kind, behind.behind, behind.next_at) == (FateKind.BEHIND, 5, NOW + 9)
    next_one = fate_of_delivery(DELIVERY, QueuePlace(None, NOW + 9), VIEW, NOW)
    assert (next_one.kind, next_one.next_at) == (FateKind.WAITING, NOW + 9)
    held = fate_of_delivery(DELIVERY, QueuePlace(None, None, is_held=True), VIEW, NOW)
    assert (held.kind, held.text) == (FateKind.WAITING, "It is being sent.")


def test_a_delivery_that_is_tried_again() -> None:
    fate = fate_of_delivery(FAILED, QueuePlace(None, NOW + 9), VIEW, NOW)
    assert (fate.kind, fate.said, fate.next_at) == (FateKind.RETRYING, "HTTP500: no room", NOW + 9)


def test_an_endpoint_that_pauses_holds_back_what_is_due() -> None:
    pausing = replace(VIEW, paused_until=NOW + 50, failing_since=300, last_error={"message": "refused"})
    fate = fate_of_delivery(DELIVERY, QueuePlace(None, NOW + 9), pausing, NOW)
    assert (fate.kind, fate.next_at, fate.at, fate.said) == (FateKind.PAUSED, NOW + 50, 300, "refused")
    over = replace(pausing, paused_until=NOW)
    assert fate_of_delivery(DELIVERY, QueuePlace(None, NOW + 9), over, NOW).kind is FateKind.WAITING


def test_a_delivery_whose_endpoint_is_gone_has_a_verdict() -> None:
    assert fate_of_delivery(DELIVERY, QueuePlace(None, None), None, NOW).next_at == NOW
