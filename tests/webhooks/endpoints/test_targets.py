"""Where deliveries go and how their requests look, by the settings of the moment."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from postroom.configuration.keys import Header, Snapshot
from postroom.errors import Permanent
from postroom.webhooks.endpoints.sealed_rows import make_secret
from postroom.webhooks.endpoints.targets import (
    Own,
    Target,
    Unreadable,
    Unwanted,
    default_objection,
    fingerprint,
    outgoing,
    resolve,
)
from postroom.webhooks.model import Delivery, SigningKey, WebhookEndpoint

NOW = 1_800_000_012_345
SETTINGS = Snapshot(service_secret="s", webhooks="https://global.example/hook", service_url="https://mail.example")
PAYLOAD = '{"account":"anna","date":"2027-01-15T08:00:00.000Z","event":"connectError","data":{"text":"ä"}}'
DELIVERY = Delivery(7, "global", 1, 3, 1, "anna", "connectError", 90, 2, 1, NOW - 12_345, NOW, "event-1", PAYLOAD)


def target(delivery: Delivery = DELIVERY, settings: Snapshot = SETTINGS, own: Own | None = None) -> Target:
    found = resolve(delivery, settings, {}, own or Own(None), NOW)
    assert isinstance(found, Target), found
    return found


def test_the_body_is_the_event_with_the_service_url_first() -> None:
    request = outgoing(target(), DELIVERY, NOW)
    assert list(orjson.loads(request.body)) == ["serviceUrl", "account", "date", "event", "data"]
    assert orjson.loads(request.body) == {"serviceUrl": "https://mail.example"} | orjson.loads(PAYLOAD)
    without = outgoing(target(settings=replace(SETTINGS, service_url=None)), DELIVERY, NOW)
    assert orjson.loads(without.body)["serviceUrl"] is None


def test_a_header_of_the_operator_cannot_stand_beside_one_of_ours() -> None:
    names = ("Webhook-Id", "WEBHOOK-SIGNATURE", "x-ee-wh-event-id", "X-EE-WH-Signature", "X-Mine")
    custom = tuple(Header(name, "forged") for name in names)
    headers = outgoing(target(settings=replace(SETTINGS, webhooks_custom_headers=custom)), DELIVERY, NOW).headers
    assert len({name.lower() for name in headers}) == len(headers)
    assert [name for name, value in headers.items() if value == "forged"] == ["X-Mine"]


def test_a_target_is_made_once_until_a_setting_changes() -> None:
    assert target(settings=replace(SETTINGS)) is target()
    changes: list[dict[str, Any]] = [
        {"service_secret": "another"},
        {"service_url": "https://other.example"},
        {"webhooks": "https://other.example/hook"},
        {"webhooks_custom_headers": (Header("X-Mine", "1"),)},
        {"webhooks_custom_headers": (Header("X-Mine", "2"),)},
    ]
    made = [target(settings=replace(SETTINGS, **change)) for change in changes]
    assert len({repr((each.url, each.headers, each.secrets, each.service_url)) for each in (*made, target())}) == 6


@pytest.mark.parametrize("name", ["webhooks", "webhooksCustomHeaders", "serviceSecret"])
def test_a_request_waits_for_a_setting_that_cannot_be_opened(name: str) -> None:
    values: dict[str, Any] = {"webhooks": None} if name == "webhooks" else {}
    damaged = replace(SETTINGS, unreadable={name: Permanent(f"the setting {name!r} is lost")}, **values)
    found = resolve(DELIVERY, damaged, {}, Own(None), NOW)
    assert isinstance(found, Unreadable)
    assert name in found.reason
    assert "/v1/settings" in found.reason
    own = resolve(replace(DELIVERY, endpoint="account:anna"), damaged, {}, Own("https://own.example"), NOW)
    assert isinstance(own, Target if name == "webhooks" else Unreadable)
    endpoint = WebhookEndpoint("wh_1", "https://object.example", keys=(SigningKey(make_secret()),))
    made = resolve(replace(DELIVERY, endpoint="wh_1"), damaged, {"wh_1": endpoint}, Own(None), NOW)
    assert isinstance(made, Target)


def test_the_headers_tell_the_attempt() -> None:
    headers = outgoing(target(), DELIVERY, NOW).headers
    assert headers["X-EE-Wh-Id"] == "7"
    assert headers["X-EE-Wh-Attempts-Made"] == "2"
    assert headers["X-EE-Wh-Queued-Time"] == "12s"
    assert headers["X-EE-Wh-Event-Id"] == headers["webhook-id"] == "event-1"
    assert headers["webhook-timestamp"] == str(NOW // 1000)


@pytest.mark.parametrize(
    ("change", "own", "reason"),
    [
        ({"webhooks_enabled": False}, Own(None), "webhooks are switched off"),
        ({}, None, "the account was deleted"),
        ({"webhooks": None}, Own(None), "no webhook URL is set"),
        ({"webhook_events": ("messageNew",)}, Own(None), "webhookEvents or inboxNewOnly leaves this event out"),
    ],
)
def test_what_is_not_wanted_any_more_has_no_target(change: dict[str, object], own: Own | None, reason: str) -> None:
    settings = replace(SETTINGS, **change)  # type: ignore[arg-type]
    assert resolve(DELIVERY, settings, {}, own, NOW) == Unwanted(reason)


def test_the_news_of_a_deleted_account_goes_to_the_global_url() -> None:
    news = replace(DELIVERY, type="accountDeleted")
    found = resolve(news, SETTINGS, {}, None, NOW)
    assert isinstance(found, Target)
    assert found.url == "https://global.example/hook"


def test_the_accounts_headers_win_over_the_global_ones_whatever_their_case() -> None:
    settings = replace(SETTINGS, webhooks_custom_headers=(Header("X-A", "global"), Header("User-Agent", "mine")))
    headers = target(settings=settings, own=Own(None, (Header("x-a", "account"),))).headers
    assert headers == {"Content-Type": "application/json", "User-Agent": "mine", "x-a": "account"}


def test_the_global_headers_do_not_go_where_they_may_not_be_seen() -> None:
    settings = replace(SETTINGS, webhooks_custom_headers=(Header("X-A", "global"),))
    own = Own("https://own.example/", (Header("X-B", "account"),), is_foreign=True)
    assert set(target(settings=settings, own=own).headers) >= {"X-A", "X-B"}
    to_own = target(replace(DELIVERY, endpoint="account:anna"), settings=settings, own=own)
    assert ("X-A" in to_own.headers, to_own.headers["X-B"]) == (False, "account")


def test_headers_that_would_break_the_request_are_left_out() -> None:
    bad = (Header("Host", "x"), Header("content-length", "1"), Header("X Y", "1"), Header("X-Z", "a\r\nInjected: b"))
    headers = target(own=Own(None, bad)).headers
    assert set(headers) == {"Content-Type", "User-Agent", "X-Z"}
    assert headers["X-Z"] == "a Injected: b"


def test_userinfo_becomes_basic_authentication() -> None:
    own = Own("https://us%40er:p%3Aw@own.example:8443/x?y=1")
    found = target(replace(DELIVERY, endpoint="account:anna"), own=own)
    assert found.url == "https://own.example:8443/x?y=1"
    assert found.headers["Authorization"] == "Basic dXNAZXI6cDp3"


def test_two_urls_are_one_target_when_only_the_userinfo_differs() -> None:
    assert fingerprint("https://a:b@host/x") == fingerprint("https://host/x") != fingerprint("https://host/y")


def test_an_endpoint_signs_with_the_keys_that_hold() -> None:
    new, old, gone = make_secret(), make_secret(), make_secret()
    keys = (SigningKey(new), SigningKey(old, NOW + 1), SigningKey(gone, NOW))
    endpoint = WebhookEndpoint("wh_1", "https://own.example", keys=keys)
    found = resolve(replace(DELIVERY, endpoint="wh_1"), SETTINGS, {"wh_1": endpoint}, Own(None), NOW)
    assert isinstance(found, Target)
    assert found.secrets == (new, old)
    assert "X-EE-Wh-Signature" not in outgoing(found, DELIVERY, NOW).headers
    off = {"wh_1": replace(endpoint, enabled=False)}
    for endpoints in ({}, off):
        assert isinstance(resolve(replace(DELIVERY, endpoint="wh_1"), SETTINGS, endpoints, Own(None), NOW), Unwanted)


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"path": "INBOX"}, True),
        ({"path": "inbox"}, True),
        ({"path": "Posteingang", "specialUse": "\\Inbox"}, True),
        ({"path": "[Gmail]/All Mail", "data": {"labels": ["\\Inbox"]}}, True),
        ({"path": "Spam", "data": {}}, False),
    ],
)
def test_inbox_new_only_looks_at_folder_and_labels(body: dict[str, object], wanted: bool) -> None:
    settings = replace(SETTINGS, inbox_new_only=True)
    payload = orjson.dumps(body).decode()
    assert (default_objection(settings, "messageNew", payload) is None) is wanted
    assert default_objection(settings, "messageDeleted", payload) is None


def test_secrets_show_in_no_repr() -> None:
    settings = replace(SETTINGS, webhooks="https://user:hush@host", webhooks_custom_headers=(Header("X-A", "hush"),))
    found = target(settings=settings)
    assert "hush" not in repr((found, outgoing(found, DELIVERY, NOW), Own("https://u:hush@h")))
