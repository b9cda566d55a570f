"""A change of an endpoint: what it says, what it leaves, and what is wrong with it."""

from __future__ import annotations

import pytest

from postroom.configuration.keys import Header
from postroom.webhooks.endpoints.change import EndpointChange, body_problems
from postroom.webhooks.endpoints.sealed_rows import make_secret
from postroom.webhooks.model import InvalidEndpoint, WebhookEndpoint
from postroom.words.masking import MASK

BEFORE = WebhookEndpoint(
    id="wh_1",
    url="https://example.com/",
    events=("messageNew",),
    accounts=("anna",),
    metadata={"tier": "gold"},
    custom_headers=(Header("X-Key", "quiet"),),
    description="orders",
)


def test_what_is_not_named_stays() -> None:
    assert EndpointChange.read({}).of(BEFORE) == BEFORE


def test_what_is_named_is_new_even_when_it_is_empty() -> None:
    change = EndpointChange.read(
        {
            "url": "https://example.org/",
            "events": [],
            "accounts": ["bert"],
            "metadata": {},
            "customHeaders": [{"key": "X-None"}],
            "description": "",
            "enabled": False,
        }
    )
    after = change.of(BEFORE)
    assert (after.url, after.events, after.accounts) == ("https://example.org/", (), ("bert",))
    assert (after.metadata, after.custom_headers) == ({}, (Header("X-None", ""),))
    assert (after.description, after.enabled) == ("", False)


def test_a_field_that_there_is_not_is_refused_by_name() -> None:
    with pytest.raises(InvalidEndpoint) as caught:
        EndpointChange.read({"url": "https://example.com/", "colour": "red"})
    assert caught.value.fields == [("colour", '"colour" is not a field of an endpoint')]


def test_headers_and_secrets_that_cannot_be_are_problems_of_a_change_and_of_its_body() -> None:
    body = {
        "customHeaders": [{"key": "Host", "value": "x"}, {"key": "X", "value": MASK}, {"key": "Y", "value": "fine"}],
        "secret": "short",
    }
    fields = ["customHeaders.0.key", "customHeaders.1.value", "secret"]
    assert [field for field, _ in EndpointChange.read(body).problems()] == fields
    assert body_problems(body) == EndpointChange.read(body).problems()


def test_a_good_change_has_no_problems() -> None:
    assert EndpointChange(secret=make_secret(), custom_headers=(Header("X-Key", "v"),)).problems() == []
    assert body_problems({}) == []


def test_a_secret_is_not_printed() -> None:
    assert "geheim" not in repr(EndpointChange(url="https://geheim@example.com/", secret="geheim"))
