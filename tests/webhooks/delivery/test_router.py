"""Which events become deliveries, and of which endpoints."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

import pytest

from postroom.accounts.settings.secret import SecretUrl
from postroom.accounts.settings.values import NO_SETTINGS, AccountSettings
from postroom.configuration.keys import Snapshot
from postroom.errors import Permanent
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import events
from postroom.webhooks.delivery.router import Routed, Rules, lane_of, route, wanting_endpoints
from postroom.webhooks.endpoints.endpoint_store import FactsOfAccounts
from postroom.webhooks.endpoints.targets import fingerprint
from postroom.webhooks.model import AccountFacts, WebhookEndpoint
from tests.webhooks.conftest import House

SETTINGS = Snapshot(service_secret="s", webhooks="https://global.example")
LOST_URL = replace(SETTINGS, webhooks=None, unreadable={"webhooks": Permanent("lost")})
RULES = Rules(SETTINGS, {}, {})
ANNA = AccountFacts("anna", NO_SETTINGS, None, {"tier": "gold"})
OWN = replace(ANNA, settings=AccountSettings(webhooks=SecretUrl("https://own.example")))


@dataclass
class Row:
    type: str = "connectError"
    account: str = "anna"
    payload: str = "{}"


def endpoint(name: str, **fields: object) -> dict[str, WebhookEndpoint]:
    return {name: WebhookEndpoint(name, "https://object.example", **fields)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "rules", "wanting"),
    [
        (ANNA, RULES, ["global"]),
        (OWN, RULES, ["account:anna"]),
        (None, RULES, ["global"]),
        (ANNA, replace(RULES, settings=replace(SETTINGS, webhooks=None)), []),
        (OWN, replace(RULES, settings=replace(SETTINGS, webhooks=None)), ["account:anna"]),
        (ANNA, replace(RULES, settings=LOST_URL), ["global"]),
        (OWN, replace(RULES, settings=LOST_URL), ["account:anna"]),
        (ANNA, replace(RULES, settings=replace(SETTINGS, webhooks_enabled=False), endpoints=endpoint("wh")), []),
        (ANNA, replace(RULES, settings=replace(SETTINGS, webhook_events=("messageNew",))), []),
        (ANNA, replace(RULES, disabled={"global": fingerprint("https://global.example")}), []),
        (ANNA, replace(RULES, disabled={"global": fingerprint("https://before.example")}), ["global"]),
        (OWN, replace(RULES, disabled={"account:anna": fingerprint("https://own.example")}), []),
        (ANNA, replace(RULES, endpoints=endpoint("wh")), ["global", "wh"]),
        (ANNA, replace(RULES, endpoints=endpoint("wh", enabled=False)), ["global"]),
        (ANNA, replace(RULES, endpoints=endpoint("wh", events=("messageNew",))), ["global"]),
        (ANNA, replace(RULES, endpoints=endpoint("wh", events=("*",))), ["global", "wh"]),
        (ANNA, replace(RULES, endpoints=endpoint("wh", accounts=("bert",))), ["global"]),
        (ANNA, replace(RULES, endpoints=endpoint("wh", accounts=("bert", "anna"))), ["global", "wh"]),
        (ANNA, replace(RULES, endpoints=endpoint("wh", metadata={"tier": "gold"})), ["global", "wh"]),
        (ANNA, replace(RULES, endpoints=endpoint("wh", metadata={"tier": "iron"})), ["global"]),
        (None, replace(RULES, endpoints=endpoint("wh", metadata={"tier": "gold"})), ["global"]),
    ],
)
def test_who_wants_an_event(facts: AccountFacts | None, rules: Rules, wanting: list[str]) -> None:
    assert wanting_endpoints(Row(), facts, rules) == wanting


async def test_each_event_is_routed_once_in_order_and_those_nobody_wants_too(house: House) -> None:
    await house.add_account("anna")
    await house.announce_numbers("anna", 1, 2)

    def work(conn: Connection) -> Routed:
        return route(conn, RULES, FactsOfAccounts(conn), 5)

    routed = await house.db.write(work)
    assert (routed.types, routed.wait) == (Counter({"connectError": 2}), None)
    assert routed.lanes == {("global", lane_of("anna"))}
    assert await house.db.write(work) == Routed()
    nobody = replace(RULES, settings=replace(SETTINGS, webhooks=None))
    await house.announce_numbers("anna", 3)
    await house.db.write(lambda conn: route(conn, nobody, FactsOfAccounts(conn), 5))
    assert [(row.endpoint, row.lane, row.account) for row in await house.rows()] == [
        ("global", lane_of("anna"), "anna")
    ] * 2
    assert [row.event_seq for row in await house.rows()] == sorted(row.event_seq for row in await house.rows())
    assert all(row.routed for row in await house.rows(events))
    assert all(row.size > 0 for row in await house.rows())
