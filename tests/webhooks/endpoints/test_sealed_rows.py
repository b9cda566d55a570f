"""Endpoints between their row and their shape with secrets: sealed, opened, changed, repaired."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from postroom.configuration.keys import Header
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.storage.sealing.secrets import SecretBox, SecretUnreadable
from postroom.webhooks.endpoints.change import EndpointChange, body_problems
from postroom.webhooks.endpoints.endpoint_store import EndpointRow
from postroom.webhooks.endpoints.sealed_rows import (
    change_endpoint,
    changed_columns,
    endpoint_columns,
    known_endpoint,
    make_secret,
    open_endpoint,
)
from postroom.webhooks.endpoints.signing import is_secret
from postroom.webhooks.model import InvalidEndpoint, SigningKey, WebhookEndpoint
from postroom.words.masking import MASK, masked_url

BOX, OTHER = SecretBox(("the key",)), SecretBox(("another key",))
ENDPOINT = WebhookEndpoint(
    "wh_1",
    "https://user:hush@one.example/hook",
    events=("messageNew",),
    accounts=("anna",),
    metadata={"tier": "gold"},
    custom_headers=(Header("X-Key", "quiet"),),
    description="orders",
    keys=(SigningKey(make_secret()),),
    created_at=1,
    updated_at=2,
)


def row(endpoint: WebhookEndpoint = ENDPOINT, **fields: Any) -> EndpointRow:
    """The row that stores an endpoint."""
    columns = endpoint_columns(endpoint, BOX)
    values: dict[str, Any] = dict.fromkeys(EndpointRow.__dataclass_fields__)
    values |= {"id": endpoint.id, "kind": "endpoint", "created_at": endpoint.created_at}
    values |= {"sealed": columns.pop("secrets"), **columns, **fields}
    return EndpointRow(**values)


def problems(change: dict[str, Any], policy: AddressPolicy = AddressPolicy.ANY) -> dict[str, str]:
    with pytest.raises(InvalidEndpoint) as caught:
        change_endpoint(ENDPOINT, EndpointChange.read(change), policy)
    return dict(caught.value.fields)


def test_what_was_stored_comes_back_and_its_secrets_are_sealed() -> None:
    assert open_endpoint(row(), BOX) == ENDPOINT
    stored = str(endpoint_columns(ENDPOINT, BOX))
    assert not any(secret in stored for secret in ("hush", "quiet", ENDPOINT.secret))


def test_what_cannot_be_opened_is_shown_masked_and_says_why() -> None:
    with pytest.raises(SecretUnreadable):
        open_endpoint(row(), OTHER)
    known = known_endpoint(row(), OTHER)
    assert (known.url, known.custom_headers) == (masked_url(ENDPOINT.url), (Header("X-Key", MASK),))
    assert (known.events, known.keys) == (ENDPOINT.events, ())
    assert known.unreadable is not None
    assert "PUT the endpoint" in known.unreadable


def test_a_change_leaves_what_was_not_sent() -> None:
    after = change_endpoint(ENDPOINT, EndpointChange(description="all", events=()), AddressPolicy.ANY)
    assert after == replace(ENDPOINT, description="all", events=())
    secret = make_secret()
    assert change_endpoint(ENDPOINT, EndpointChange(secret=secret), AddressPolicy.ANY).secret == secret
    change = EndpointChange.read({"customHeaders": [{"key": "A", "value": "b"}, {"key": "C"}]})
    assert change_endpoint(ENDPOINT, change, AddressPolicy.ANY).custom_headers == (Header("A", "b"), Header("C", ""))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"url": "ftp://one.example"}, "url"),
        ({"url": "nothing"}, "url"),
        ({"url": f"https://{MASK}@one.example"}, "url"),
        ({"url": "http://two words/"}, "url"),
        ({"events": ["messageNew", "nothingNew"]}, "events"),
        ({"customHeaders": [{"key": "Content-Length", "value": "1"}]}, "customHeaders.0.key"),
        ({"customHeaders": [{"key": "X", "value": MASK}]}, "customHeaders.0.value"),
        ({"secret": "short"}, "secret"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_change_that_cannot_work_is_refused(change: dict[str, Any], field: str) -> None:
    assert list(problems(change)) == [field]


def test_every_problem_is_told_at_once_and_the_policy_counts() -> None:
    assert problems({"url": "http://10.0.0.1/", "secret": "short"}, AddressPolicy.PUBLIC).keys() == {"url", "secret"}
    assert body_problems({"customHeaders": None, "secret": None}) == []


def test_a_sound_endpoint_is_changed_without_a_new_secret() -> None:
    columns, secret = changed_columns(row(), EndpointChange(enabled=False), AddressPolicy.ANY, BOX, 9)
    assert secret is None
    assert open_endpoint(replace_columns(columns), BOX) == replace(ENDPOINT, enabled=False, updated_at=9)


def replace_columns(columns: dict[str, Any]) -> EndpointRow:
    values = dict(columns)
    return row(**{"sealed": values.pop("secrets"), **values})


def test_what_cannot_be_opened_stays_as_it_is_when_a_change_touches_no_secret() -> None:
    columns, secret = changed_columns(row(), EndpointChange(description="new"), AddressPolicy.ANY, OTHER, 9)
    assert secret is None
    assert columns["secrets"] == row_sealed(columns)
    opened = open_endpoint(replace_columns(columns), BOX)
    assert opened == replace(ENDPOINT, description="new", updated_at=9)


def row_sealed(columns: dict[str, Any]) -> str:
    """What is sealed must be what the old key still opens."""
    sealed = str(columns["secrets"])
    assert BOX.open_for("the endpoint", sealed, "webhook:wh_1")
    return sealed


def test_an_endpoint_is_made_whole_by_its_url_and_headers() -> None:
    with pytest.raises(InvalidEndpoint) as caught:
        changed_columns(row(), EndpointChange(url="https://two.example/"), AddressPolicy.ANY, OTHER, 9)
    assert [name for name, _ in caught.value.fields] == ["customHeaders"]
    change = EndpointChange(url="https://two.example/", custom_headers=())
    columns, secret = changed_columns(row(), change, AddressPolicy.ANY, OTHER, 9)
    assert secret is not None
    whole = open_endpoint(replace_columns(columns), OTHER)
    assert (whole.url, whole.custom_headers, whole.secret) == ("https://two.example/", (), secret)
    assert whole.description == "orders"


def test_secrets_are_random_and_of_the_standard_shape() -> None:
    made = {make_secret() for _ in range(20)}
    assert len(made) == 20
    assert all(is_secret(secret) for secret in made)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://one.example/a@b", "https://one.example/a@b"),
        ("https://user@one.example", f"https://{MASK}@one.example"),
        ("https://user:pass@one.example", f"https://{MASK}:{MASK}@one.example"),
        ("https://:pass@one.example", f"https://:{MASK}@one.example"),
    ],
)
def test_user_name_and_password_of_a_url_are_masked(url: str, shown: str) -> None:
    assert masked_url(url) == shown
