"""What requests about run-time settings may hold."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.configuration.keys import KEYS
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.schemas.fields import WEBHOOK_POLICY
from postroom.schemas.requests.settings import SettingsChange, SettingsQuery
from tests.schemas.checked import problems_of, value_of

BLANK_IS_NONE = (
    "webhooksEnabled", "webhooks", "serviceUrl", "serviceSecret", "notifyText", "notifyTextSize", "notifyAttachments",
    "notifyAttachmentSize", "imapIndexer", "enableOAuthTokensApi", "authServer", "pageBrandName", "pageLogoUrl",
    "locale", "inboxNewOnly", "registerExisting", "movedMessages",
    "deliveryAttempts", "sendingPaused", "outboxKeepDays", "logs",
)  # fmt: skip


def test_every_setting_can_be_changed_and_asked_for() -> None:
    assert set(SettingsChange.__annotations__) == set(KEYS)
    assert set(SettingsQuery.model_fields) == {*KEYS, "eventTypes"}


@pytest.mark.parametrize("name", BLANK_IS_NONE)
def test_an_empty_value_restores_the_default(name: str) -> None:
    assert value_of(SettingsChange, {name: ""}) == {name: None}
    assert value_of(SettingsChange, {name: None}) == {name: None}


@pytest.mark.parametrize(
    ("sent", "made"),
    [
        ({"webhookEvents": ["messageNew", "*"]}, {"webhookEvents": ["*"]}),
        ({"webhookEvents": ["messageNew"]}, {"webhookEvents": ["messageNew"]}),
        ({"webhookEvents": []}, {"webhookEvents": []}),
        ({"webhookEvents": None}, {"webhookEvents": None}),
        ({"webhooksCustomHeaders": None}, {"webhooksCustomHeaders": []}),
        ({"serviceUrl": "https://mail.example.com/"}, {"serviceUrl": "https://mail.example.com"}),
        ({"notifyHeaders": ["*"]}, {"notifyHeaders": ["*"]}),
        ({"logs": {"all": "1", "maxLogLines": "500"}}, {"logs": {"all": True, "maxLogLines": 500}}),
        ({"notifyTextSize": "1024"}, {"notifyTextSize": 1024}),
    ],
)
def test_values_that_are_taken(sent: dict[str, Any], made: dict[str, Any]) -> None:
    assert value_of(SettingsChange, sent) == made


@pytest.mark.parametrize(
    ("sent", "key", "words"),
    [
        ({"webhookEvents": ["messageOld"]}, "webhookEvents.0", "must be one of '*', "),
        ({"webhookEvents": "messageNew"}, "webhookEvents", "must be an array"),
        ({"serviceUrl": "https://x.example/app"}, "serviceUrl", "must be an origin alone"),
        ({"serviceSecret": "x" * 1025}, "serviceSecret", "must not be longer than 1024 characters"),
        ({"notifyTextSize": -1}, "notifyTextSize", "must be greater than or equal to 0"),
        ({"notifyTextSize": True}, "notifyTextSize", "must be a number"),
        ({"notifyHeaders": ["a b"]}, "notifyHeaders.0", "must be a header name"),
        ({"registerExisting": "merge"}, "registerExisting", "must be one of 'refuse' or 'update'"),
        ({"deliveryAttempts": 0}, "deliveryAttempts", "must be greater than or equal to 1"),
        ({"outboxKeepDays": 91}, "outboxKeepDays", "must be less than or equal to 90"),
        ({"logs": {"maxLogLines": 0}}, "logs.maxLogLines", "must be greater than or equal to 1"),
        ({"logs": {"maxLogLines": 1_000_001}}, "logs.maxLogLines", "must be less than or equal to 1000000"),
        ({"logs": {"a": 1}}, "logs.a", "is not allowed"),
        ({"movedMessages": "moved"}, "movedMessages", "must be one of 'messageMoved' or 'deletedAndNew'"),
        ({"imapIndexer": "slow"}, "imapIndexer", "must be one of 'full' or 'fast'"),
        ({"pageLogoUrl": "data:image/png"}, "pageLogoUrl", "must begin with https:// or http://"),
        ({"webhooksCustomHeaders": [{"key": "a", "value": "b\r\n"}]}, "webhooksCustomHeaders.0.value", "must not hold"),
        ({"serviceURL": "https://x.example"}, "serviceURL", "is not allowed"),
    ],
)
def test_values_that_are_refused(sent: dict[str, Any], key: str, words: str) -> None:
    found = problems_of(SettingsChange, sent)
    assert list(found) == [key]
    assert found[key].startswith(words)


def test_the_global_webhook_is_under_the_policy_for_webhooks() -> None:
    found = problems_of(SettingsChange, {"webhooks": "http://10.0.0.1/"}, **{WEBHOOK_POLICY: AddressPolicy.PUBLIC})
    (words,) = found.values()
    assert "is not a public address" in words


def test_settings_are_asked_for_by_name() -> None:
    query = value_of(SettingsQuery, {"webhooks": "true", "serviceUrl": "1", "eventTypes": ""})
    assert {name for name in SettingsQuery.model_fields if getattr(query, name)} == {"webhooks", "serviceUrl"}
    assert problems_of(SettingsQuery, {"webhooks": "please", "x": "1"}) == {
        "webhooks": "must be true or false",
        "x": "is not allowed",
    }
