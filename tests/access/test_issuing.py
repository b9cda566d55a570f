"""What one token may make of itself: never anything that it could not do."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.access.issuing import WantedToken, check_may_issue, excess, is_part_of
from postroom.access.tokens import ACTIONS, GROUPS, SCOPES, AccessDenied, Needs, RateLimit, Token, check

NETWORKS = (
    "10.0.0.0/8",
    "10.0.0.0/9",
    "10.128.0.0/9",
    "10.1.2.3",
    "192.0.2.0/24",
    "2001:db8::/32",
    "2001:db8::1",
    "::/0",
)
PLACES = ("10.1.2.3", "10.200.0.1", "192.0.2.77", "2001:db8::1", "2001:db8::2", "::1", "::ffff:10.1.2.3", None)
"""Addresses inside and outside of those networks."""

PATTERNS = ("*", "https://*", "https://a.example/*", "https://a.example/x", "https://*/x")
PAGES = ("https://a.example/x", "https://a.example/", "https://b.example/x", "http://a.example/x", "", None)
"""Pages that fit some of those patterns."""

permissions = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "actions": st.lists(st.sampled_from(ACTIONS), unique=True, max_size=3),
        "groups": st.lists(st.sampled_from(GROUPS[:4]), unique=True, max_size=3),
    },
)
limits = st.fixed_dictionaries(
    {
        "scopes": st.lists(st.sampled_from(SCOPES), unique=True, min_size=1).map(tuple),
        "account": st.sampled_from((None, "a", "b")),
        "addresses": st.lists(st.sampled_from(NETWORKS), unique=True, max_size=3).map(tuple),
        "permissions": permissions,
        "expires_at": st.none() | st.integers(0, 6),
        "referrers": st.lists(st.sampled_from(PATTERNS), unique=True, max_size=2).map(tuple),
        "rate_limit": st.none() | st.builds(RateLimit, st.integers(1, 3), st.integers(1, 3)),
    }
)
requests = st.tuples(
    st.builds(
        Needs,
        scope=st.sampled_from(("api", "metrics")),
        group=st.sampled_from((*GROUPS[:4], "admin")),
        action=st.sampled_from(ACTIONS),
    ),
    st.sampled_from((None, "a", "b")),
    st.sampled_from(PLACES),
    st.sampled_from(PAGES),
    st.integers(0, 6),
)


LIMITS = ("account", "addresses", "permissions", "expires_at", "referrers", "rate_limit")


def token(**values: Any) -> Token:
    return Token(**{"id": "x", "description": "d", "scopes": ("api",), "created_at": 0, **values})


def allows(subject: Token, needs: Needs, account: str | None, address: str | None, page: str | None, at: int) -> bool:
    if subject.expires_at is not None and subject.expires_at <= at:
        return False
    try:
        check(subject, needs, account, address, page)
    except AccessDenied:
        return False
    return True


@given(limits, limits, st.lists(requests, min_size=1, max_size=40))
def test_what_a_part_of_a_token_may_do_the_token_may_do(
    issuer: dict[str, Any], wanted: dict[str, Any], asked: list[Any]
) -> None:
    if not is_part_of(token(**issuer), WantedToken(**wanted)):
        return
    for request in asked:
        assert allows(token(**issuer), *request) or not allows(token(**wanted), *request), request


@given(limits, limits)
def test_a_token_is_part_of_itself_and_so_is_what_is_limited_further(
    issuer: dict[str, Any], other: dict[str, Any]
) -> None:
    assert is_part_of(token(**issuer), WantedToken(**issuer))
    # Each limit that the issuer does not have may be added.
    added = {name: other[name] for name in LIMITS if issuer[name] in (None, ())}
    assert is_part_of(token(**issuer), WantedToken(**{**issuer, **added}))


@given(limits, st.sampled_from(LIMITS))
def test_no_limit_is_left_out(issuer: dict[str, Any], name: str) -> None:
    without = WantedToken(**{**issuer, name: () if name in ("addresses", "referrers") else None})
    assert is_part_of(token(**issuer), without) == (issuer[name] in (None, ()))


@pytest.mark.parametrize(
    ("held", "asked", "is_part"),
    [
        (("10.0.0.0/9", "10.128.0.0/9"), ("10.0.0.0/8",), True),
        (("10.0.0.0/8",), ("10.0.0.0/7",), False),
        (("10.0.0.0/8",), ("10.1.0.0/16", "11.0.0.1"), False),
        (("10.0.0.7/8",), ("10.0.0.0/8",), True),
        (("0.0.0.0/0",), ("::/0",), False),
        (("::/0",), ("10.0.0.1",), False),
        (("10.0.0.0/8",), (), False),
        ((), ("10.0.0.0/8",), True),
    ],
)
def test_addresses(held: tuple[str, ...], asked: tuple[str, ...], is_part: bool) -> None:
    found = excess(token(addresses=held), WantedToken(addresses=asked))
    assert [each.key for each in found] == ([] if is_part else ["restrictions.addresses"])
    assert all(ip_network(each, strict=False) for each in (*held, *asked))


@pytest.mark.parametrize(
    ("asked", "is_part"),
    [
        (RateLimit(10, 60), True),
        (RateLimit(5, 120), True),
        (RateLimit(11, 60), False),
        (RateLimit(10, 59), False),
        (None, False),
    ],
)
def test_rates(asked: RateLimit | None, is_part: bool) -> None:
    found = excess(token(rate_limit=RateLimit(10, 60)), WantedToken(rate_limit=asked))
    assert [each.key for each in found] == ([] if is_part else ["restrictions.rateLimit"])


@pytest.mark.parametrize(
    ("held", "asked", "is_part"),
    [
        (("https://*.example/*",), ("https://a.example/*",), True),
        (("https://*.example/*",), ("https://*.example/*",), True),
        (("https://a.example/*",), ("https://*.example/*",), False),
        (("https://a.example/*", "https://b.example/*"), ("https://b.example/x", "https://c.example/x"), False),
        (("https://a.example/*",), (), False),
        ((), ("*",), True),
    ],
)
def test_referrers(held: tuple[str, ...], asked: tuple[str, ...], is_part: bool) -> None:
    found = excess(token(referrers=held), WantedToken(referrers=asked))
    assert [each.key for each in found] == ([] if is_part else ["restrictions.referrers"])


def test_every_excess_is_named() -> None:
    issuer = token(account="a", addresses=("10.0.0.0/8",), expires_at=5, permissions={"actions": ["read"]})
    wanted = WantedToken(scopes=("api", "metrics"))
    named = ["scopes", "account", "restrictions.addresses", "permissions", "expires"]
    assert [each.key for each in excess(issuer, wanted)] == named
    wider = replace(wanted, permissions={"actions": ["read", "write"]}, expires_at=6)
    assert {"permissions.actions", "expires"} <= {each.key for each in excess(issuer, wider)}


def test_only_full_access_may_issue_and_only_scopes_of_its_own() -> None:
    check_may_issue(token(scopes=("*",)), WantedToken(("*", "metrics")))
    check_may_issue(token(), WantedToken())
    for limited, scopes in (
        (token(), ("*",)),
        (token(), ("api", "metrics")),
        (token(account="a"), ("api",)),
        (token(permissions={}), ("api",)),
    ):
        with pytest.raises(AccessDenied):
            check_may_issue(limited, WantedToken(scopes, account=limited.account, permissions=limited.permissions))
