"""What requests about tokens may hold."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.access.issuing import WantedToken
from postroom.access.tokens import RateLimit
from postroom.schemas.requests.tokens import NewToken, TokensQuery, wanted
from tests.schemas.checked import problems_of, value_of

NO_NETWORK = "must be an IP address or a network such as 192.0.2.0/24"


@pytest.mark.parametrize(
    ("sent", "made"),
    [
        ({"description": " for a program "}, {"description": "for a program"}),
        ({"scopes": "metrics"}, {"scopes": ["metrics"]}),
        ({"scopes": ["api", "metrics", "api"]}, {"scopes": ["api", "metrics"]}),
        (
            {"restrictions": {"addresses": [" 192.0.2.1/24 ", "::1"]}},
            {"restrictions": {"addresses": ["192.0.2.1/24", "::1"]}},
        ),
        ({"restrictions": None, "permissions": None}, {"restrictions": None, "permissions": None}),
        ({"permissions": {"actions": ["read"], "groups": []}}, {"permissions": {"actions": ["read"], "groups": []}}),
        ({"expires": ""}, {"expires": None}),
        ({"ip": ""}, {"ip": None}),
        ({"metadata": '{"a": 1}'}, {"metadata": '{"a": 1}'}),
    ],
)
def test_values_that_are_taken(sent: dict[str, Any], made: dict[str, Any]) -> None:
    assert value_of(NewToken, {"description": "d", **sent}) == {"description": "d", **made}


@pytest.mark.parametrize(
    ("sent", "key", "words"),
    [
        ({"description": " "}, "description", "must not be empty"),
        ({"scopes": []}, "scopes", "must not be empty"),
        ({"scopes": ["smtp"]}, "scopes.0", "must be one of '*', 'api' or 'metrics'"),
        ({"restrictions": {"addresses": ["192.0.2.0/33"]}}, "restrictions.addresses.0", NO_NETWORK),
        ({"restrictions": {"addresses": ["mail.example.com"]}}, "restrictions.addresses.0", NO_NETWORK),
        (
            {"restrictions": {"addresses": ["::1"] * 1001}},
            "restrictions.addresses",
            "must not hold more than 1000 items",
        ),
        ({"restrictions": {"address": []}}, "restrictions.address", "is not allowed"),
        ({"permissions": {"actions": ["all"]}}, "permissions.actions.0", "must be one of 'read', "),
        ({"permissions": {"groups": ["admin"]}}, "permissions.groups.0", "must be one of 'account', "),
        ({"expires": "soon"}, "expires", "must be a date in ISO 8601 format"),
        ({"metadata": "x" * (1024 * 1024 + 1)}, "metadata", "must not be longer than 1048576 characters"),
        ({"account": " "}, "account", "must not be empty"),
    ],
)
def test_values_that_are_refused(sent: dict[str, Any], key: str, words: str) -> None:
    found = problems_of(NewToken, {"description": "d", **sent})
    assert list(found) == [key]
    assert found[key].startswith(words)


def test_a_token_says_what_it_is_for() -> None:
    assert problems_of(NewToken, {}) == {"description": "is required"}


def test_tokens_are_listed_by_account_and_by_text() -> None:
    query = value_of(TokensQuery, {"account": " a ", "query": "ci", "pageSize": "5"})
    assert (query.account, query.query, query.page, query.page_size) == ("a", "ci", 0, 5)
    assert problems_of(TokensQuery, {"scope": "api"}) == {"scope": "is not allowed"}


def test_what_a_token_would_allow() -> None:
    body: NewToken = {
        "description": "d",
        "scopes": ["metrics"],
        "account": "a",
        "expires": "2030-01-01T00:00:00.000Z",
        "permissions": {"actions": ["read"]},
        "restrictions": {
            "addresses": ["192.0.2.1"],
            "referrers": None,
            "rateLimit": {"maxRequests": 1, "timeWindow": 2},
        },
    }
    assert wanted(body) == WantedToken(
        ("metrics",), "a", ("192.0.2.1",), {"actions": ["read"]}, 1893456000000, (), RateLimit(1, 2)
    )
    assert wanted({"description": "d"}) == WantedToken()
