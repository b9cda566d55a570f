"""What the database finds of accounts, endpoints and sending in trouble, on both engines."""

from __future__ import annotations

from functools import partial
from typing import Any

import sqlalchemy as sa

from postroom.accounts.lifecycle import State
from postroom.attention import facts_store
from postroom.attention.facts import EndpointTrouble, FailingGroup, SendingGroup, StoredTroubles
from postroom.storage.database import Database
from postroom.storage.schema.sending import sending_lanes
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import deliveries, oauth2_apps, webhook_endpoints
from tests.attention.conftest import Put

REFUSED = {"serverResponseCode": "AUTHENTICATIONFAILED", "advice": "Check it.", "response": "No", "phase": "login"}
SILENT = {"serverResponseCode": "ETIMEDOUT", "advice": "Wait.", "response": "timed out", "phase": "connect"}
NOW = 10_000_000


async def read(db: Database, now: int = NOW) -> StoredTroubles:
    return await db.read(partial(facts_store.read, now=now))


async def test_an_empty_database_has_no_troubles(db: Database) -> None:
    assert await read(db) == StoredTroubles([], [], [])


async def test_accounts_with_the_same_failure_at_the_same_host_are_one_group(db: Database, put: Put) -> None:
    await put("b", error=REFUSED, since=2_000)
    await put("a", error={**REFUSED, "response": "Never"}, since=NOW)
    await put("c", error=REFUSED, host="imap.example.org", parked_revision=1)
    await put("d", error=SILENT, kind="connection", state=State.CONNECT_ERROR)
    found = {(group.host, group.code): group for group in (await read(db)).failing}
    assert found.pop(("imap.example.com", "AUTHENTICATIONFAILED")) == FailingGroup(
        type="imap",
        kind="imap",
        host="imap.example.com",
        is_refusal=True,
        code="AUTHENTICATIONFAILED",
        advice="Check it.",
        count=2,
        given_up=0,
        lasting=1,
        since=2_000,
        said="Never",
        example="a",
    )
    assert found.pop(("imap.example.org", "AUTHENTICATIONFAILED")).given_up == 1
    assert not found.pop(("imap.example.com", "ETIMEDOUT")).is_refusal
    assert found == {}


async def test_a_document_with_a_nul_hides_no_other(db: Database, put: Put) -> None:
    """Words of servers are stored without NUL. If one gets in, the others must be seen all the same."""
    await put("a", error={**REFUSED, "phase": "\0 \\u0000"}, host="imap.example.org")
    await put("b", error=REFUSED)
    assert {group.example for group in (await read(db)).failing} == {"a", "b"}


async def test_an_account_counts_while_it_is_tried_again_and_no_longer_once_it_is_well(db: Database, put: Put) -> None:
    await put("tried", error=REFUSED, state=State.CONNECTING)
    await put("waiting", error=REFUSED, state=State.INIT)
    await put("new", state=State.CONNECTING)
    await put("well", state=State.CONNECTED)
    await put("syncing", error=REFUSED, state=State.SYNCING)
    (group,) = (await read(db)).failing
    assert group.count == 2


async def test_the_kind_of_an_application_stands_for_the_host(db: Database, put: Put) -> None:
    row = {"id": "ours", "provider": "gmail", "document": {}, "created_at": 0, "updated_at": 0}
    await db.write(lambda conn: conn.execute(sa.insert(oauth2_apps), row) and None)
    await put("a", error=REFUSED, host="", type="ours")
    await put("b", error=REFUSED, host="", type="outlook")
    found = {(group.type, group.kind, group.host) for group in (await read(db)).failing}
    assert found == {("ours", "gmail", ""), ("outlook", "outlook", "")}


async def test_accounts_that_no_node_takes_are_counted(db: Database, put: Put) -> None:
    await put("waits", state=State.INIT, owner=None, since=NOW - 60_001)
    await put("new", state=State.INIT, owner=None, since=NOW - 1_000)
    await put("rests", state=State.INIT, owner=None, parked_revision=1)
    await put("runs", state=State.INIT)
    assert (await read(db)).unattended == 1


def endpoint(id_: str, **columns: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "kind": "endpoint",
        "document": {},
        "enabled": True,
        "created_at": 0,
        "updated_at": 0,
        "failing_since": None,
        "last_error": None,
        **columns,
    }


async def test_endpoints_in_trouble_are_found_with_what_was_given_up(db: Database) -> None:
    failure = {"message": "connection refused"}
    rows = [
        endpoint("wh_off", enabled=False, last_error={"message": "410 Gone"}, document={"description": "Orders"}),
        endpoint("wh_off_by_hand", enabled=False),
        endpoint("wh_failing", failing_since=7_000, last_error=failure),
        endpoint("wh_dead"),
        endpoint("wh_sound"),
    ]
    told = {"lane": 1, "account_key": 1, "account": "a", "type": "messageNew", "size": 1, "created_at": 0}
    sent = [
        {**told, "endpoint": "wh_dead", "event_seq": 1, "state": "dead"},
        {**told, "endpoint": "wh_dead", "event_seq": 2, "state": "dead"},
        {**told, "endpoint": "wh_dead", "event_seq": 3, "state": "delivered"},
        {**told, "endpoint": "wh_sound", "event_seq": 3, "state": "replayed"},
    ]

    def work(conn: Connection) -> None:
        conn.execute(sa.insert(webhook_endpoints), rows)
        conn.execute(sa.insert(deliveries), sent)

    await db.write(work)
    assert (await read(db)).endpoints == [
        EndpointTrouble("wh_dead", "", True, None, "", 2),
        EndpointTrouble("wh_failing", "", True, 7_000, "connection refused", 0),
        EndpointTrouble("wh_off", "Orders", False, None, "410 Gone", 0),
    ]


async def test_the_target_of_an_account_that_was_deleted_bothers_nobody(db: Database, put: Put) -> None:
    await put("ada", state=State.CONNECTED)
    rows = [endpoint(f"account:{each}", kind="account", failing_since=7_000) for each in ("ada", "gone")]
    await db.write(lambda conn: conn.execute(sa.insert(webhook_endpoints), rows) and None)
    assert [each.id for each in (await read(db)).endpoints] == ["account:ada"]


async def test_accounts_that_cannot_send_are_grouped_and_pauses_are_counted(db: Database, put: Put) -> None:
    refused = {"status": "error", "code": "EAUTH", "description": "Check it.", "response": "535 no"}
    lanes = [
        {"account_key": await put("a", state=State.CONNECTED), "failures": 3, "last": refused, "paused": False},
        {"account_key": await put("b", state=State.CONNECTED), "failures": 1, "last": refused, "paused": False},
        {"account_key": await put("c", state=State.CONNECTED), "failures": 0, "last": refused, "paused": True},
    ]
    await db.write(lambda conn: conn.execute(sa.insert(sending_lanes), lanes) and None)
    found = await read(db)
    assert found.sending == [SendingGroup("imap", "imap.example.com", "EAUTH", "Check it.", 2, "535 no", "a")]
    assert found.paused_lanes == 1
    assert found.failing == []
