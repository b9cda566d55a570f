"""The figures of the cluster, from what the database knows."""

from __future__ import annotations

from prometheus_client import Metric

from postroom.accounts.listing.standing_store import AccountStanding
from postroom.api.operation.known_figures import KnownFigures, families
from postroom.cluster.node import Node, NodeLoad
from postroom.submission.outbox.model import OutboxCounts
from postroom.webhooks.history.queue_store import Queue


def told(known: KnownFigures) -> dict[str, float]:
    """Every sample by its name and the values of its labels."""
    found: list[Metric] = list(families(known))
    return {"/".join((s.name, *s.labels.values())): s.value for family in found for s in family.samples}


def node(name: str, load: NodeLoad | None, *, draining: bool = False) -> Node:
    return Node(name, "h", "1.0", 0, 0, draining, 3, load, 5, 6, 1500)


def test_what_waits_to_be_sent() -> None:
    counts = OutboxCounts(active=1, waiting=2, delayed=3, paused=4, unknown=5, oldest_due=10_000)
    samples = told(KnownFigures("1.0", 12_500, outbox=counts))
    states = ("sending", "waiting", "delayed", "paused", "unknown")
    assert [samples[f"postroom_outbox_messages/{state}"] for state in states] == [1, 2, 3, 4, 5]
    assert samples["postroom_outbox_oldest_age_seconds"] == 2.5
    assert told(KnownFigures("1.0", 12_500))["postroom_outbox_oldest_age_seconds"] == 0
    early = KnownFigures("1.0", 1, outbox=counts)
    assert told(early)["postroom_outbox_oldest_age_seconds"] == 0


def test_a_node_tells_what_its_version_knows() -> None:
    load: NodeLoad = {"cpu": 0.5, "connections": 7, "most_connections": 700, "transactions": 2}
    samples = told(KnownFigures("1.0", nodes=[node("a", load), node("b", {"cpu": 0.25}, draining=True)]))
    assert samples["postroom_node_cpu_cores/a"] == 0.5
    assert samples["postroom_node_connections/a"] == 7
    assert samples["postroom_node_connection_limit/a"] == 700
    assert samples["postroom_node_database_transactions/a"] == 2
    assert "postroom_node_connections/b" not in samples
    assert (samples["postroom_nodes/active"], samples["postroom_nodes/draining"]) == (1, 1)
    assert samples["postroom_node_heartbeat_age_seconds/b"] == 1.5
    assert samples["postroom_node_taken_over_accounts_total/b"] == 5
    assert samples["postroom_node_waiting_sign_ins/b/busy_host"] == 0


def test_a_node_before_its_first_heartbeat_has_no_load() -> None:
    samples = told(KnownFigures("1.0", nodes=[node("a", None)]))
    assert samples["postroom_node_accounts/a"] == 3
    assert "postroom_node_cpu_cores/a" not in samples


def test_the_rest() -> None:
    standings = {
        AccountStanding("connected", "imap", "imap.gmail.com"): 4,
        AccountStanding("connected", "gmail", ""): 2,
        AccountStanding("connected", "imap", "a.example"): 1,
        AccountStanding("connected", "imap", "b.example"): 1,
    }
    known = KnownFigures("1.0", 0, standings, 9, queue=Queue(2, 1500), unreadable={"accounts": 1})
    samples = told(known)
    assert {name: number for name, number in samples.items() if "_accounts/connected" in name} == {
        "postroom_accounts/connected/Gmail": 6,
        "postroom_accounts/connected/other": 2,
    }
    assert samples["postroom_accounts/init/other"] == 0
    assert samples["postroom_event_newest_number"] == 9
    assert samples["postroom_webhook_queue_deliveries"] == 2
    assert samples["postroom_webhook_queue_oldest_age_seconds"] == 1.5
    assert samples["postroom_unreadable_secrets/accounts"] == 1
