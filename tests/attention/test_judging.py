"""All that needs a person: nodes, endpoints, sending, secrets, and what was switched off."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.attention.facts import AllTroubles, EndpointTrouble, SendingGroup, StoredTroubles
from postroom.attention.judging import judge_all
from postroom.attention.need import About, Need, Urgency
from postroom.cluster.node import Node
from postroom.submission.outbox.model import OutboxCounts

NOW = 10_000_000


def node(id_: str = "one", *, age: int = 100, draining: bool = False) -> Node:
    return Node(id_, "host", "1.0", 0, NOW - age, draining, 3, None, 0, 0, age)


def judged(**told: Any) -> list[Need]:
    usual: dict[str, Any] = {"now": NOW, "stored": StoredTroubles(), "outbox": OutboxCounts(), "nodes": [node()]}
    return list(judge_all(AllTroubles(**{**usual, **told})))


def only(**told: Any) -> Need:
    (need,) = judged(**told)
    return need


def test_where_all_is_well_nobody_is_needed() -> None:
    assert judged() == []


def test_without_a_node_nothing_runs() -> None:
    need = only(nodes=[])
    assert (need.urgency, need.about.kind) == (Urgency.NOW, "nodes")


def test_a_silent_node_and_a_draining_one() -> None:
    found = judged(nodes=[node("quiet", age=9_000), node("leaving", draining=True), node()])
    assert [(need.urgency, need.what) for need in found] == [
        (Urgency.SOON, "The node quiet is silent"),
        (Urgency.NOTE, "The node leaving is draining"),
    ]
    assert found[0].about == About("nodes", "quiet")


def test_when_all_nodes_drain_their_accounts_stay() -> None:
    need = only(nodes=[node("a", draining=True), node("b", draining=True)])
    assert (need.urgency, need.what) == (Urgency.SOON, "All nodes are draining")


@pytest.mark.parametrize(("count", "words"), [(1, "1 account waits for"), (2000, "2,000 accounts wait for")])
def test_accounts_that_no_node_takes(count: int, words: str) -> None:
    need = only(stored=StoredTroubles(unattended=count))
    assert need.what.startswith(words)
    assert need.urgency is Urgency.NOW


def endpoint(id_: str = "wh_1", **told: Any) -> EndpointTrouble:
    usual: dict[str, Any] = {
        "description": "",
        "enabled": True,
        "failing_since": None,
        "message": "connection refused",
        "dead": 0,
    }
    return EndpointTrouble(id_, **{**usual, **told})


def of_endpoints(*troubles: EndpointTrouble) -> list[Need]:
    return judged(stored=StoredTroubles(endpoints=troubles))


def test_an_endpoint_that_asked_never_to_be_called_again() -> None:
    (need,) = of_endpoints(endpoint(enabled=False, description="Orders", dead=3))
    assert need.what == "The webhook “Orders” was switched off"
    assert "3 deliveries were given up" in need.cure
    assert (need.about, need.said) == (About("webhooks", "wh_1"), "connection refused")


def test_an_endpoint_that_fails_for_a_minute_at_least() -> None:
    assert of_endpoints(endpoint(failing_since=NOW - 59_000)) == []
    (need,) = of_endpoints(endpoint("global", failing_since=NOW - 60_000))
    assert (need.urgency, need.what) == (Urgency.NOW, "The webhook of the settings fails")
    assert need.since == NOW - 60_000


def test_deliveries_that_were_given_up_at_an_endpoint_that_works_again() -> None:
    (need,) = of_endpoints(endpoint(dead=1))
    assert need.what == "1 delivery was given up at the webhook wh_1"
    assert (need.urgency, need.about) == (Urgency.SOON, About("deliveries", "wh_1"))


def test_the_own_webhooks_of_many_accounts_are_one_need() -> None:
    old = NOW - 100_000
    many = [endpoint(f"account:a{at}", failing_since=old - at) for at in range(3)]
    (need,) = of_endpoints(*many, endpoint("account:new", failing_since=NOW))
    assert (need.what, need.count, need.since) == ("The own webhooks of 3 accounts fail", 3, old - 2)
    (need,) = of_endpoints(many[0])
    assert need.what == "The webhook of the account a0 fails"


@pytest.mark.parametrize(("count", "words"), [(1, "1 message may"), (1200, "1,200 messages may")])
def test_messages_with_an_unknown_outcome(count: int, words: str) -> None:
    need = only(outbox=OutboxCounts(unknown=count))
    assert need.what.startswith(words)
    assert (need.urgency, need.about) == (Urgency.NOW, About("outbox", "unknown"))


def test_accounts_that_cannot_send() -> None:
    refused = SendingGroup("imap", "smtp.gmail.com", "EAUTH", "Check it.", 2, "535 no", "ada")
    need = only(stored=StoredTroubles(sending=[refused]))
    assert (need.what, need.cure, need.said) == ("2 accounts at Gmail cannot send", "Check it.", "535 no")
    alone = SendingGroup("imap", "", "EAUTH", "", 1, None, "ada")
    need = only(stored=StoredTroubles(sending=[alone]))
    assert (need.what, need.about) == ("The account ada cannot send", About("account", "ada"))


@pytest.mark.parametrize(("count", "words"), [(1, "1 stored secret of accounts"), (3, "3 stored secrets of accounts")])
def test_secrets_that_cannot_be_opened(count: int, words: str) -> None:
    need = only(unreadable={"accounts": count})
    assert need.what == f"{words} cannot be opened"
    assert "POSTROOM_PREVIOUS_SECRETS" in need.cure


def test_what_was_switched_off_is_not_forgotten() -> None:
    found = judged(webhooks_enabled=False, sending_paused=True, outbox=OutboxCounts(paused=4))
    assert [(need.urgency, need.what) for need in found] == [
        (Urgency.NOTE, "Sending is paused for all accounts"),
        (Urgency.NOTE, "Webhooks are switched off"),
    ]
    assert found[0].cure.endswith("4 messages wait.")


def test_sending_that_is_paused_for_some() -> None:
    need = only(stored=StoredTroubles(paused_lanes=2), outbox=OutboxCounts(paused=1))
    assert (need.what, need.cure) == ("Sending is paused for 2 accounts", "Resume it at the account. 1 message waits.")
