"""What a bound token may change: the table is whole, and no row of changes brings a secret where it does not belong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postroom.accounts.rights.allowed import (
    ADMINISTRATOR,
    FIELDS,
    LISTABLE,
    Changer,
    Proposal,
    Right,
    denied,
    names_other_server,
    right_of,
    unlistable,
)
from postroom.accounts.rights.exposure import use_of
from postroom.accounts.settings.merging import merge
from postroom.accounts.settings.problems import problems
from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.secret import Secret
from postroom.accounts.settings.shapes import Document
from postroom.accounts.settings.values import AccountSettings, Protocol

BOUND = Changer("a token", is_bound=True)
LISTED = Changer("a token", is_bound=True, listed=LISTABLE)
STORED = "the stored secret"


def account(**more: Any) -> Document:
    block = {"host": "mail.example.com", "port": 993, "auth": {"user": "jo", "pass": STORED}}
    return {"imap": block, "smtp": {**block, "host": "out.example.com", "port": 465}, **more}


def oauth2(**more: Any) -> Document:
    auth = {"user": "jo@example.com"}
    return {"provider": "gmail", "auth": auth, "accessToken": STORED, "refreshToken": STORED, **more}


def keys(before: Document, change: Document, by: Changer = BOUND, access: Any = "consent") -> set[str]:
    stored = settings_of(before)
    other_metadata = "metadata" in change and (change["metadata"] or {}) != (before.get("metadata") or {})
    proposal = Proposal(stored, merge(stored, change).settings, settings_of(change), other_metadata)
    return {each.key for each in denied(proposal, by, access)}


def test_what_can_be_listed_is_what_administrators_alone_may_change() -> None:
    assert {FIELDS[name] for name in LISTABLE} == {Right.ADMINISTRATOR}
    assert unlistable(["proxy", "imap.host", "oauth2.auth.delegatedAccount"]) == [
        "imap.host",
        "oauth2.auth.delegatedAccount",
    ]
    assert right_of("webhooksCustomHeaders.value") is Right.ADMINISTRATOR
    assert right_of("imap.new") is None


def test_an_administrator_is_denied_nothing() -> None:
    change = {"imap": {"partial": True, "host": "other.example.com"}, "proxy": "socks5://other.example.com"}
    assert keys(account(), change, ADMINISTRATOR) == set()


@pytest.mark.parametrize(
    ("before", "change", "denied_keys"),
    [
        # Another place, and each way to be less safe there.
        (account(), {"imap": {"partial": True, "host": "other.example.com"}}, {"imap.auth.pass"}),
        (account(), {"imap": {"partial": True, "port": 1993}}, {"imap.auth.pass"}),
        (account(), {"imap": {"secure": False}}, {"imap.auth.pass"}),
        (account(), {"imap": {"tls": {"rejectUnauthorized": False}}}, {"imap.auth.pass"}),
        (account(), {"imap": {"tls": {"allowPlaintext": True}}}, {"imap.auth.pass"}),
        (account(), {"imap": {"tls": {"minVersion": "TLSv1"}}}, {"imap.auth.pass"}),
        (account(), {"smtp": {"partial": True, "host": "mail.example.com"}}, {"smtp.auth.pass"}),
        # A password opens more than one mailbox where it is that of a master user.
        (account(), {"imap": {"auth": {"user": "jo*admin"}}}, {"imap.auth.pass"}),
        # Safer, the same, or with the secret.
        (account(), {"imap": {"partial": True, "host": "MAIL.example.com."}}, set()),
        (account(), {"imap": {"partial": True, "host": "mail.example.com", "port": 993}}, set()),
        (account(), {"imap": {"secure": True, "tls": {"rejectUnauthorized": True, "minVersion": "TLSv1.3"}}}, set()),
        (account(), {"imap": {"auth": {"pass": "new"}}}, set()),
        (account(), {"imap": {"host": "other.example.com", "port": 993, "auth": {"user": "jo", "pass": "new"}}}, set()),
        (account(), {"imap": {"disabled": True}, "smtp": False}, set()),
        # Two steps: what is switched off is looked at as if it were on.
        (account(), {"imap": {"partial": True, "host": "other.example.com", "disabled": True}}, {"imap.auth.pass"}),
        (
            {"oauth2": oauth2(enabled=False)},
            {"imap": {"host": "other.example.com", "port": 993}},
            {"oauth2.accessToken", "oauth2.refreshToken"},
        ),
        # The token of the oauth2 block goes to whatever server is named without credentials.
        (
            {"oauth2": oauth2()},
            {"smtp": {"host": "other.example.com", "port": 465}},
            {"oauth2.accessToken", "oauth2.refreshToken"},
        ),
        (
            {"oauth2": oauth2()},
            {"imap": {"host": "o.example.com", "port": 993}, "oauth2": {"refreshToken": "new"}},
            {"oauth2.accessToken"},
        ),
        (account(oauth2=oauth2()), {"imap": {"auth": False}}, {"oauth2.accessToken", "oauth2.refreshToken"}),
        ({**account(oauth2=oauth2()), "imap": {"host": "o.example.com", "port": 993}}, {"imap": False}, set()),
        # What is somebody else's cannot be sent.
        (
            {"imap": {"host": "mail.example.com", "port": 993, "useAuthServer": True}},
            {"imap": {"partial": True, "host": "other.example.com"}},
            {"imap.host"},
        ),
        (
            {"oauth2": {"provider": "gmail", "auth": {"delegatedUser": "team", "delegatedAccount": "lender"}}},
            {"imap": {"host": "other.example.com", "port": 993}, "oauth2": {"accessToken": "mine"}},
            {"imap.host", "imap.port", "imap.secure"},
        ),
        # To give up a block is allowed, to take one is not.
        (account(oauth2=oauth2()), {"oauth2": False}, set()),
        (account(), {"oauth2": oauth2()}, {"oauth2.provider", "oauth2.auth.user"}),
        (account(), {"proxy": None, "metadata": {}}, set()),
        (account(proxy="socks5://p.example.com"), {"proxy": None}, {"proxy", "imap.auth.pass", "smtp.auth.pass"}),
        (account(metadata={"tenant": "1"}), {"metadata": {"tenant": "2"}}, {"metadata"}),
    ],
)
def test_what_a_bound_token_may_not_do(before: Document, change: Document, denied_keys: set[str]) -> None:
    assert keys(before, change) == denied_keys


def test_a_list_opens_fields_but_no_secret_and_no_other_account() -> None:
    webhooks = {"webhooks": "https://other.example.com/", "metadata": {"a": "b"}, "expectedEmail": "a@example.com"}
    assert keys(account(), webhooks) == {"webhooks", "metadata", "expectedEmail"}
    assert keys(account(), webhooks, LISTED) == set()
    headers = [{"key": "Authorization", "value": STORED}]
    stored = account(webhooks="https://mine.example.com/", webhooksCustomHeaders=headers)
    assert keys(stored, webhooks, LISTED) == {"webhooksCustomHeaders"}
    assert keys(stored, {**webhooks, "webhooksCustomHeaders": []}, LISTED) == set()
    assert keys(account(), {"proxy": "socks5://p.example.com"}, LISTED) == {"imap.auth.pass", "smtp.auth.pass"}
    borrowing = {"auth": {"user": "jo@example.com", "delegatedUser": "team", "delegatedAccount": "stranger"}}
    assert keys({"oauth2": oauth2()}, {"oauth2": borrowing}, LISTED) >= {"oauth2.auth.delegatedAccount"}


@pytest.mark.parametrize("access", ["service", "unknown"])
def test_an_application_that_opens_any_mailbox_is_never_turned_to_another(access: Any) -> None:
    for change in ({"auth": {"user": "ceo@example.com"}}, {"auth": {"user": "jo@example.com", "delegatedUser": "ceo"}}):
        assert keys({"oauth2": oauth2()}, {"oauth2": change}, LISTED, access)
    assert keys(account(), {"oauth2": oauth2()}, LISTED, access) >= {"oauth2.provider", "oauth2.auth.user"}
    assert keys({"oauth2": oauth2()}, {"oauth2": {"enabled": False}}, LISTED, access) == set()


def test_a_host_that_only_folds_to_the_same_is_another() -> None:
    before = {"imap": {**account()["imap"], "host": "strasse.example"}}
    assert keys(before, {"imap": {"partial": True, "host": "straße.example"}}) == {"imap.auth.pass"}


def test_the_credentials_of_a_service_go_nowhere_else() -> None:
    change = {"imap": {"host": "other.example.com", "port": 993}, "oauth2": {"accessToken": "t", "refreshToken": "t"}}
    assert "imap.host" in keys({"oauth2": oauth2()}, change, LISTED, "service")
    assert keys({"oauth2": oauth2()}, change, LISTED, "consent") == set()


def test_another_server_is_another_name_or_port_or_way() -> None:
    before = settings_of(account())
    for change, is_other in (
        ({"imap": {"partial": True, "host": "other.example.com"}}, True),
        ({"imap": {"partial": True, "port": 1}}, True),
        ({"proxy": "socks5://p.example.com"}, True),
        ({"imap": {"auth": {"pass": "new"}}, "smtp": {"secure": False}}, False),
        ({"oauth2": oauth2(), "smtp": False}, False),
        ({"imap": {"partial": True, "host": "Mail.Example.com"}}, False),
    ):
        assert names_other_server(before, merge(before, change).settings) is is_other, change


hosts = st.sampled_from(("mail.example.com", "out.example.com", "other.example.com"))
flags = st.booleans()
auths = st.one_of(
    st.just(False),
    st.fixed_dictionaries(
        {}, optional={"user": st.sampled_from(("jo", "else")), "pass": st.just("sent"), "accessToken": st.just("sent")}
    ),
)
servers = st.fixed_dictionaries(
    {},
    optional={
        "host": hosts,
        "port": st.sampled_from((993, 465, 143)),
        "secure": flags,
        "partial": flags,
        "disabled": flags,
        "useAuthServer": flags,
        "auth": auths,
        "tls": st.fixed_dictionaries({}, optional={"rejectUnauthorized": flags, "allowPlaintext": flags}),
    },
)
people = st.fixed_dictionaries(
    {"user": st.sampled_from(("jo@example.com", "ceo@example.com"))},
    optional={"delegatedUser": st.just("team"), "delegatedAccount": st.just("stranger")},
)
blocks = st.fixed_dictionaries(
    {},
    optional={
        "provider": st.sampled_from(("gmail", "outlook")),
        "enabled": flags,
        "partial": flags,
        "useAuthServer": flags,
        "auth": people,
        "accessToken": st.just("sent"),
        "refreshToken": st.just("sent"),
    },
)
changes = st.fixed_dictionaries(
    {},
    optional={
        "imap": st.one_of(st.just(False), servers),
        "smtp": st.one_of(st.just(False), servers),
        "oauth2": st.one_of(st.just(False), blocks),
        "proxy": st.sampled_from((None, "socks5://p.example.com")),
    },
)
SILENT_SMTP = {**account()["smtp"], "auth": False}
beginnings = st.sampled_from(
    (account(), account(oauth2=oauth2()), {"oauth2": oauth2()}, account(oauth2=oauth2(), smtp=SILENT_SMTP))
)


PROTOCOLS: tuple[Protocol, ...] = ("imap", "smtp")


def in_danger(before: AccountSettings, after: AccountSettings) -> list[Protocol]:
    """The protocols that send a stored secret where nobody but the caller has it sent."""
    found: list[Protocol] = []
    for protocol in PROTOCOLS:
        use, places = use_of(after, protocol), [use_of(before, name) for name in PROTOCOLS]
        if use is None or use.host is None:
            continue
        server = after.server(protocol)
        auth = server.auth if server is not None else None
        held = [auth.password, auth.access_token] if use.source == "own" and auth is not None else []
        if use.source != "own" and after.oauth2 is not None:
            held = [after.oauth2.access_token, after.oauth2.refresh_token]
        is_safe = use.implicit_tls and use.checks_certificate and not use.plaintext and use.proxy is None
        known = [(place.host, place.port, place.source, place.user) for place in places if place is not None]
        is_known = (use.host, use.port, use.source, use.user) in known and is_safe
        if Secret(STORED) in held and not is_known:
            found.append(protocol)
    return found


@pytest.mark.long
@settings(max_examples=400, deadline=None)
@given(beginnings, st.lists(changes, min_size=1, max_size=6), st.sampled_from((BOUND, LISTED)))
def test_no_row_of_changes_sends_a_stored_secret_elsewhere(before: Document, row: list[Document], by: Changer) -> None:
    now = settings_of(before)
    for change in row:
        after = merge(now, change).settings
        if problems(after) or denied(Proposal(now, after, settings_of(change)), by, "consent"):
            continue
        now = after
        assert in_danger(settings_of(before), now) == [], (change, now)
        assert now.lender is None
