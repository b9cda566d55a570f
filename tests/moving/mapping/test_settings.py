"""Settings of EmailEngine as Postroom takes them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from postroom.moving.inventory import Inventory
from postroom.moving.mapping.settings import ASKED, account_defaults, leftovers, planned_settings, settings_remarks
from postroom.schemas.requests.settings import SettingsChange
from tests.moving import documents


def causes(**settings: Any) -> list[str]:
    return [remark.cause for remark in settings_remarks(Inventory(settings=settings))]


def test_the_settings_of_webhooks_go_over_with_what_receivers_rely_on() -> None:
    found = {
        "webhooksEnabled": True,
        "webhooks": "https://example.com/hook",
        "webhookEvents": ["messageNew", "trackOpen"],
        "notifyText": True,
        "notifyTextSize": 2048,
        "notifyHeaders": ["list-id"],
        "inboxNewOnly": False,
        "logs": {"all": True, "maxLogLines": 5000, "somethingNew": 1},
        "serviceUrl": "https://emailengine.example.com",
        "serviceSecret": "geheim",
        "authServer": None,
        "trackOpens": True,
    }
    planned = planned_settings(Inventory(settings=found))
    assert planned == {
        "webhooksEnabled": True,
        "webhooks": "https://example.com/hook",
        "webhookEvents": ["messageNew"],
        "notifyText": True,
        "notifyTextSize": 2048,
        "notifyHeaders": ["list-id"],
        "inboxNewOnly": False,
        "logs": {"all": True, "maxLogLines": 5000},
        "serviceSecret": "geheim",
        "movedMessages": "deletedAndNew",
        "registerExisting": "update",
    }
    assert TypeAdapter(SettingsChange).validate_python(planned) == planned
    assert causes(**found) == ["serviceUrl", "webhookEvents", "settings"]


def test_with_no_settings_none_are_set() -> None:
    assert planned_settings(Inventory()) == {}
    assert planned_settings(Inventory(settings={"serviceUrl": "https://x", "webhooks": None})) == {}
    assert planned_settings(Inventory(settings={"webhooksEnabled": False})) == {}
    assert causes() == []


def test_webhooks_that_nobody_switched_on_there_stay_off_here() -> None:
    found = {"webhooks": "https://example.com/hook", "webhooksEnabled": None}
    assert planned_settings(Inventory(settings=found))["webhooksEnabled"] is False
    assert planned_settings(Inventory(settings=found | {"webhooksEnabled": True}))["webhooksEnabled"] is True
    assert causes(**found) == ["switchedOff"]
    assert "webhooksEnabled" not in planned_settings(Inventory(settings={"webhooks": "https://example.com/hook"}))


@pytest.mark.parametrize(
    "found",
    [
        {"webhooks": f"https://{documents.MASK}:{documents.MASK}@example.com/hook"},
        {"webhooksCustomHeaders": [{"key": "Authorization", "value": documents.MASK}]},
        {"authServer": f"https://{documents.MASK}@example.com/"},
    ],
)
def test_a_setting_that_is_not_shown_whole_is_not_set(found: dict[str, Any]) -> None:
    planned = planned_settings(Inventory(settings={"notifyText": True, **found}))
    assert not found.keys() & planned.keys()
    assert causes(**found) == ["hidden"]


def test_the_secret_that_signs_must_come_from_a_person() -> None:
    assert "serviceSecret" not in planned_settings(Inventory(settings={"notifyText": True, "serviceSecret": True}))
    assert causes(serviceSecret=True) == ["serviceSecret"]
    assert causes(serviceSecret="geheim") == []


def test_a_proxy_for_all_counts_only_when_it_is_switched_on() -> None:
    found = {"proxyEnabled": False, "proxyUrl": "http://p:1"}
    assert account_defaults(Inventory(settings=found)) == {}
    assert account_defaults(Inventory(settings=found | {"proxyEnabled": True})) == {"proxy": "http://p:1"}
    assert causes(proxyEnabled=True, proxyUrl="http://p:1", ignoreMailCertErrors=True) == ["defaults", "certificates"]


def test_what_has_no_counterpart_is_counted() -> None:
    found = Inventory(
        counted={"templates": 3, "gateways": 0, "tokens": 2, "outbox": 1},
        routes=({"id": "r1", "name": "Orders"}, {"id": "r2"}),
        unread=("The blocklists could not be read.",),
    )
    told = [(remark.kind.value, remark.cause, remark.text) for remark in leftovers(found)]
    assert [cause for _, cause, _ in told] == ["templates", "tokens", "outbox", "routes", "routes", "unread"]
    assert told[0][2].startswith("3 templates:")
    assert "“Orders”" in told[3][2]
    assert "“r2”" in told[4][2]


def test_every_setting_is_asked_for_once() -> None:
    assert len(ASKED) == len(set(ASKED))
