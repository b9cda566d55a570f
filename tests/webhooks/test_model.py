"""What the shapes of the room decide: kinds of endpoints, and which events one wants."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postroom.accounts.settings.reading import settings_of
from postroom.webhooks.model import AccountFacts, SigningKey, TargetKind, WebhookEndpoint, account_endpoint, kind_of

ENDPOINT = WebhookEndpoint("wh_1", "https://user:hush@one.example")


@pytest.mark.parametrize(
    ("endpoint", "kind"),
    [
        ("global", TargetKind.GLOBAL),
        ("account:anna", TargetKind.ACCOUNT),
        ("account:", TargetKind.ACCOUNT),
        ("wh_1", TargetKind.OBJECT),
    ],
)
def test_an_id_tells_where_an_endpoint_comes_from(endpoint: str, kind: TargetKind) -> None:
    assert kind_of(endpoint) is kind


def test_the_endpoint_of_an_account_is_its_own_url_or_the_global_one() -> None:
    facts = AccountFacts("anna", settings_of({}), None, {})
    assert facts.endpoint == "global"
    assert replace(facts, settings=settings_of({"webhooks": "https://own.example"})).endpoint == account_endpoint(
        "anna"
    )


@pytest.mark.parametrize(
    ("endpoint", "wants"),
    [
        (ENDPOINT, True),
        (replace(ENDPOINT, events=("messageNew",)), True),
        (replace(ENDPOINT, events=("*",)), True),
        (replace(ENDPOINT, events=("messageDeleted",)), False),
        (replace(ENDPOINT, accounts=("anna", "bert")), True),
        (replace(ENDPOINT, accounts=("bert",)), False),
        (replace(ENDPOINT, metadata={"tier": "gold"}), True),
        (replace(ENDPOINT, metadata={"tier": "gold", "region": "eu"}), False),
    ],
)
def test_types_accounts_and_metadata_must_all_fit(endpoint: WebhookEndpoint, wants: bool) -> None:
    assert (endpoint.objection("messageNew", "anna", {"tier": "gold"}) is None) is wants


def test_the_secret_is_the_one_without_an_end() -> None:
    keys = (SigningKey("old", until=5), SigningKey("new"))
    endpoint = replace(ENDPOINT, keys=keys)
    assert endpoint.secret == "new"
    assert not {"old", "new", "hush"} & set(repr(endpoint).replace("'", " ").split())
