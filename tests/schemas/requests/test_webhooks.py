"""What requests about webhook endpoints may hold."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.schemas.requests.queries import Nothing
from postroom.schemas.requests.webhooks import (
    MAX_ACCOUNTS,
    MAX_OVERLAP,
    DeliveriesQuery,
    EndpointChange,
    NewEndpoint,
    Replay,
    Rotation,
)
from tests.schemas.checked import problems_of, value_of

URL = {"url": "https://example.com/in"}


@pytest.mark.parametrize(
    ("sent", "made"),
    [
        ({"url": " https://example.com/x "}, {"url": "https://example.com/x"}),
        ({"events": ["*", "messageNew"]}, {"events": ["*", "messageNew"]}),
        ({"accounts": [" a "], "metadata": ""}, {"accounts": ["a"], "metadata": {}}),
        ({"enabled": "N", "customHeaders": ""}, {"enabled": False, "customHeaders": []}),
        ({"customHeaders": [{"key": "X-A", "value": None}]}, {"customHeaders": [{"key": "X-A", "value": ""}]}),
    ],
)
def test_values_that_are_taken(sent: dict[str, Any], made: dict[str, Any]) -> None:
    assert value_of(NewEndpoint, {**URL, **sent}) == {**URL, **made}
    assert value_of(EndpointChange, sent) == made


@pytest.mark.parametrize(
    ("sent", "key", "words"),
    [
        ({"url": ""}, "url", "must begin with https:// or http://"),
        ({"events": ["messageOld"]}, "events.0", "must be one of '*', "),
        ({"accounts": ["a"] * (MAX_ACCOUNTS + 1)}, "accounts", f"must not hold more than {MAX_ACCOUNTS} items"),
        ({"accounts": [".."]}, "accounts.0", "must not be `.` or `..`"),
        ({"metadata": {"a": 1}}, "metadata.a", "must be a string"),
        ({"metadata": {f"k{n}": "" for n in range(51)}}, "metadata", "must not hold more than 50 pairs"),
        ({"customHeaders": [{"value": "x"}]}, "customHeaders.0.key", "is required"),
        ({"description": "x" * 1025}, "description", "must not be longer than 1024 characters"),
        ({"kind": "global"}, "kind", "is not allowed"),
    ],
)
def test_values_that_are_refused(sent: dict[str, Any], key: str, words: str) -> None:
    for kind, body in ((NewEndpoint, {**URL, **sent}), (EndpointChange, sent)):
        found = problems_of(kind, body)
        assert list(found) == [key]
        assert found[key].startswith(words)


def test_a_new_endpoint_needs_a_url_and_only_a_new_one_may_bring_its_secret() -> None:
    assert problems_of(NewEndpoint, {}) == {"url": "is required"}
    assert value_of(NewEndpoint, {**URL, "secret": "whsec_x"})["secret"] == "whsec_x"
    assert problems_of(EndpointChange, {"secret": "whsec_x"}) == {"secret": "is not allowed"}


def test_a_rotation_has_an_end() -> None:
    assert value_of(Rotation, {}) == {}
    assert value_of(Rotation, {"overlap": 0}) == {"overlap": 0}
    assert problems_of(Rotation, {"overlap": MAX_OVERLAP + 1, "secret": ""}) == {
        "overlap": f"must be less than or equal to {MAX_OVERLAP}",
        "secret": "must not be empty",
    }


@pytest.mark.parametrize("since", [None, "", "yesterday", 1640995200000])
def test_a_replay_has_a_beginning(since: object) -> None:
    assert problems_of(Replay, {"since": since}) == {"since": "must be a date in ISO 8601 format"}
    assert problems_of(Replay, {}) == {"since": "is required"}


def test_a_replay_may_be_narrowed() -> None:
    sent = {"since": "2025-01-01", "account": None, "types": "messageNew,messageDeleted", "after": "7"}
    assert value_of(Replay, sent) == {
        "since": "2025-01-01T00:00:00.000Z",
        "account": None,
        "types": ["messageNew", "messageDeleted"],
        "after": 7,
    }


def test_an_empty_object_holds_nothing() -> None:
    assert value_of(Nothing, {}) == {}
    assert problems_of(Nothing, {"force": True}) == {"force": "is not allowed"}


def test_deliveries_are_listed_by_how_they_stand() -> None:
    query = value_of(DeliveriesQuery, {"state": "dead", "account": " a ", "event": "messageNew"})
    assert (query.state, query.account, query.event) == ("dead", "a", "messageNew")
    (words,) = problems_of(DeliveriesQuery, {"state": "lost"}).values()
    assert words == "must be one of 'pending', 'delivered', 'dead', 'dropped' or 'replayed'"
