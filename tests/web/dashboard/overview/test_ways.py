"""From what is needed to where it is done."""

from __future__ import annotations

from typing import get_args, get_type_hints

import pytest

from postroom.attention.need import About
from postroom.web.dashboard.overview.ways import NextStep, way_to


def path(about: About) -> str:
    way = way_to(about)
    assert way is not None
    return way.path


def test_the_way_to_accounts() -> None:
    assert path(About("account", "a/b ?")) == "/dashboard/accounts/a%2Fb%20%3F"
    refused = About("account", "a/b", state="authenticationError")
    assert path(refused) == "/dashboard/accounts/a%2Fb/repair"
    many = About("accounts", provider="Microsoft 365", state="connectError")
    assert path(many) == "/dashboard/accounts?state=connectError&provider=Microsoft+365"
    assert path(About("accounts")) == "/dashboard/accounts"


def test_the_way_to_nodes() -> None:
    assert path(About("nodes", "one")) == "/dashboard/nodes"


def test_the_way_to_the_outbox() -> None:
    assert path(About("outbox")) == "/dashboard/outbox"
    assert path(About("outbox", "unknown")) == "/dashboard/outbox?state=unknown"
    assert path(About("outbox", "queued")) == "/dashboard/outbox?state=queued"


def test_the_way_to_endpoints_and_their_deliveries() -> None:
    assert path(About("webhooks", "account:a/b")) == "/dashboard/webhooks/account%3Aa%2Fb"
    assert path(About("webhooks")) == path(About("deliveries")) == "/dashboard/webhooks"
    assert path(About("deliveries", "wh_1")) == "/dashboard/webhooks/wh_1?state=dead"


def test_secrets_are_put_right_at_the_machine() -> None:
    assert way_to(About("secrets", "accounts")) is None


@pytest.mark.parametrize("kind", sorted(set(get_args(get_type_hints(About)["kind"])) - {"secrets"}))
def test_everything_else_has_a_way(kind: str) -> None:
    assert isinstance(way_to(About(kind, "unknown" if kind == "outbox" else "an-id")), NextStep)  # type: ignore[arg-type]


def test_applications_and_settings_have_pages() -> None:
    assert path(About("oauth2", "a/b")) == "/dashboard/oauth2/a%2Fb"
    assert path(About("settings")) == "/dashboard/settings"
