"""Which field an unknown one was meant to be."""

from __future__ import annotations

import pytest

from postroom.api.routes.table import ROUTES
from postroom.schemas.checking.known_fields import known_fields, meant
from postroom.schemas.requests.accounts import AccountsQuery, NewAccount
from postroom.schemas.requests.mail.searches import SearchTerms
from postroom.schemas.requests.settings import SettingsChange, SettingsQuery
from postroom.schemas.requests.tokens import NewToken

MEANT: tuple[tuple[tuple[str | int, ...], list[str]], ...] = (
    (("imap", "user"), ["imap.auth.user"]),
    (("imap", "pass"), ["imap.auth.pass"]),
    (("imap", "password"), ["imap.auth.pass"]),
    (("imap", "rejectUnauthorized"), ["imap.tls.rejectUnauthorized"]),
    (("imap", "auth", "host"), ["imap.host"]),
    (("imap", "auth", "password"), ["imap.auth.pass"]),
    (("imap", "tsl"), ["imap.tls"]),
    (("imap", "HOST"), ["imap.host"]),
    (("host",), ["imap.host", "smtp.host"]),
    (("imapHost",), ["imap.host"]),
    (("imap.host",), ["imap.host"]),
    (("imap[port]",), ["imap.port"]),
    (("password",), ["imap.auth.pass", "smtp.auth.pass"]),
    (("accout",), ["account"]),
    (("notify_from",), ["notifyFrom"]),
    (("webhook",), ["webhooks", "webhooksCustomHeaders"]),
    (("webhooksCustomHeaders", 0, "Value"), ["webhooksCustomHeaders.0.value"]),
    # A field of an item has nothing to do with the account's own of that name.
    (("webhooksCustomHeaders", 0, "name"), []),
    (("bogus",), []),
    (("x",), []),
    (("***",), []),
)


@pytest.mark.parametrize(("location", "paths"), MEANT)
def test_a_field_near_a_known_one_or_a_level_away_is_named(location: tuple[str | int, ...], paths: list[str]) -> None:
    assert meant(known_fields(NewAccount), location) == paths


def test_parameters_and_settings_have_names_too() -> None:
    assert meant(known_fields(AccountsQuery), ("page_size",)) == ["pageSize"]
    assert meant(known_fields(SettingsChange), ("serviceURL",)) == ["serviceUrl"]
    assert meant(known_fields(SettingsQuery), ("webhookEvent",)) == ["webhookEvents"]
    assert meant(known_fields(NewToken), ("addresses",)) == ["restrictions.addresses"]


def test_the_fields_of_every_route_are_known() -> None:
    for route in ROUTES:
        known_fields(route.query)
        if route.body is not None:
            assert set(known_fields(route.body)) == set(route.body.__annotations__ | _inherited(route.body))


def _inherited(body: type) -> dict[str, object]:
    return dict.fromkeys((*body.__required_keys__, *body.__optional_keys__))  # type: ignore[attr-defined]


def test_a_type_inside_itself_has_an_end() -> None:
    fields = known_fields(SearchTerms)
    assert fields["or"] == {}
    assert meant(fields, ("form",)) == ["from"]
