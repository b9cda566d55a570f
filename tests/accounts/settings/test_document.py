"""Merging a change into an account's settings, keeping secrets apart, and finding what is wrong."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.accounts.settings.document import (
    MASK,
    PUBLIC_HOSTS,
    Document,
    account_type,
    find_masked,
    is_storable,
    join,
    merge,
    needs_new_connection,
    oauth2_identity,
    problems,
    registration_problems,
    split,
    unstorable,
)

IMAP: Document = {"host": "imap.example.com", "port": 993, "secure": True, "auth": {"user": "u", "pass": "old"}}
SMTP: Document = {"host": "smtp.example.com", "port": 465, "secure": True, "auth": {"user": "u", "pass": "old"}}
OAUTH2: Document = {"provider": "gmail", "auth": {"user": "u@gmail.com"}, "accessToken": "A", "refreshToken": "R"}
STORED: Document = {
    "imap": IMAP,
    "smtp": SMTP,
    "path": ["INBOX"],
    "logs": True,
    "webhooks": "https://hook.example.com/",
    "notifyFrom": "2026-01-01T00:00:00.000Z",
}


def merged(change: Document, stored: Document = STORED) -> Document:
    before = copy.deepcopy(stored)
    result = merge(stored, change)
    assert stored == before
    assert result.warnings == []
    return result.document


# Merging


def test_fields_not_sent_stay() -> None:
    assert merged({}) == STORED
    assert merged({"logs": False}) == {**STORED, "logs": False}


@pytest.mark.parametrize("empty", [None, "", []])
def test_an_empty_value_clears_a_field(empty: object) -> None:
    assert "webhooks" not in merged({"webhooks": empty})


def test_false_and_zero_are_values() -> None:
    assert merged({"copy": False, "logs": 0}) == {**STORED, "copy": False, "logs": 0}


@pytest.mark.parametrize("gone", [False, None])
def test_false_removes_a_block(gone: object) -> None:
    assert "smtp" not in merged({"smtp": gone})
    assert merged({"oauth2": gone}) == STORED


def test_a_block_with_a_host_replaces_the_stored_one() -> None:
    block = {"host": "other.example.com", "port": 143, "auth": {"user": "v", "pass": "new"}}
    assert merged({"imap": block})["imap"] == block


def test_a_block_without_a_host_merges_its_credentials_so_that_passwords_can_be_rotated() -> None:
    found = merged({"imap": {"auth": {"pass": "new"}}, "smtp": {"auth": {"pass": "new"}}})
    assert found == {
        **STORED,
        "imap": {**IMAP, "auth": {"user": "u", "pass": "new"}},
        "smtp": {**SMTP, "auth": {"user": "u", "pass": "new"}},
    }


def test_a_block_without_a_host_merges_its_other_fields() -> None:
    assert merged({"imap": {"port": 143, "secure": False}})["imap"] == {**IMAP, "port": 143, "secure": False}


def test_credentials_of_one_kind_take_the_place_of_the_other() -> None:
    token = merged({"imap": {"auth": {"accessToken": "T"}}})
    assert token["imap"]["auth"] == {"user": "u", "accessToken": "T"}
    assert merged({"imap": {"auth": {"pass": "P"}}}, token)["imap"]["auth"] == {"user": "u", "pass": "P"}


def test_a_block_for_a_protocol_the_account_lacks_is_left_out_and_named() -> None:
    result = merge({"imap": IMAP}, {"imap": {"auth": {"pass": "new"}}, "smtp": {"auth": {"pass": "new"}}})
    assert result.document == {"imap": {**IMAP, "auth": {"user": "u", "pass": "new"}}}
    assert result.warnings == ["smtp: left out, because the account has no smtp settings and the block names no host"]
    assert "no provider" in merge({"imap": IMAP}, {"oauth2": {"accessToken": "x"}}).warnings[0]


def test_partial_merges_the_named_fields_even_with_a_host() -> None:
    found = merged({"imap": {"partial": True, "host": "new.example.com", "disabled": True}})
    assert found["imap"] == {**IMAP, "host": "new.example.com", "disabled": True}


def test_partial_takes_the_credentials_as_one_value_but_keeps_the_user() -> None:
    stored = {"imap": {**IMAP, "auth": {"user": "u", "pass": "old", "accessToken": "T"}}}
    change = {"imap": {"partial": True, "auth": {"pass": "new"}}}
    assert merged(change, stored)["imap"]["auth"] == {"user": "u", "pass": "new"}
    change = {"imap": {"partial": True, "auth": {"user": "v", "pass": "new"}}}
    assert merged(change, stored)["imap"]["auth"] == {"user": "v", "pass": "new"}


def test_credentials_can_be_given_up_for_the_authentication_server() -> None:
    for partial in (True, False):
        found = merged({"imap": {"partial": partial, "auth": False, "useAuthServer": True}})
        assert found["imap"]["auth"] is False
        assert problems(found) == []


def test_partial_is_never_stored() -> None:
    for block in ({"partial": True, "port": 1}, {"partial": False, "port": 1}, {**IMAP, "partial": False}):
        assert "partial" not in merged({"imap": block})["imap"]


def test_partial_without_a_stored_block_becomes_the_block() -> None:
    assert merged({"smtp": {**SMTP, "partial": True}}, {"imap": IMAP})["smtp"] == SMTP


def test_oauth2_tokens_are_rotated_without_naming_the_provider() -> None:
    found = merged({"oauth2": {"accessToken": "new"}}, {"oauth2": OAUTH2})
    assert found["oauth2"] == {**OAUTH2, "accessToken": "new"}
    assert merged({"oauth2": {"provider": "outlook", "auth": {"user": "x"}}}, {"oauth2": OAUTH2})["oauth2"] == {
        "provider": "outlook",
        "auth": {"user": "x"},
    }


# Secrets

_TEXT = st.text(min_size=1).filter(lambda text: text != MASK)
_AUTH = st.fixed_dictionaries({"user": _TEXT}, optional={"pass": _TEXT, "accessToken": _TEXT})
_BLOCK = st.fixed_dictionaries({"host": _TEXT, "port": st.integers(1, 65535)}, optional={"auth": _AUTH})
_WORD = st.text(alphabet="abcxyz0189._~%-", min_size=1)
_URL = st.builds(
    lambda scheme, userinfo, host, rest: f"{scheme}://{userinfo}{host}{rest}",
    st.sampled_from(["http", "https", "socks5"]),
    st.one_of(st.just(""), st.builds("{}:{}@".format, _WORD, _WORD), st.builds("{}@".format, _WORD)),
    _WORD,
    st.sampled_from(["", "/", "/a@b", "/?to=http://x:y@z", ":8080/#a@b"]),
)
_HEADER = st.fixed_dictionaries({"key": _TEXT}, optional={"value": st.text()})
_DOCUMENT = st.fixed_dictionaries(
    {},
    optional={
        "imap": _BLOCK,
        "smtp": _BLOCK,
        "oauth2": st.fixed_dictionaries(
            {"provider": _TEXT}, optional={"auth": _AUTH, "accessToken": _TEXT, "refreshToken": _TEXT}
        ),
        "proxy": _URL,
        "webhooks": _URL,
        "webhooksCustomHeaders": st.lists(_HEADER, max_size=4),
        "name": st.text(),
        "path": st.lists(st.text()),
    },
)


@given(_DOCUMENT)
def test_joining_what_was_split_gives_the_same_document(full: Document) -> None:
    before = copy.deepcopy(full)
    masked, secrets = split(full)
    assert full == before
    assert join(masked, secrets) == full
    assert split(masked)[0] == masked


@given(_DOCUMENT)
def test_a_masked_document_shows_no_secret(full: Document) -> None:
    masked, _ = split(full)
    for block in ("imap", "smtp", "oauth2"):
        shown, real = masked.get(block, {}), full.get(block, {})
        for key in ("pass", "accessToken", "refreshToken"):
            for shown_part, real_part in ((shown, real), (shown.get("auth", {}), real.get("auth", {}))):
                assert shown_part.get(key) == (MASK if key in real_part else None)
    for shown_header, header in zip(
        masked.get("webhooksCustomHeaders", []), full.get("webhooksCustomHeaders", []), strict=True
    ):
        assert shown_header.get("value") == (MASK if header.get("value") else header.get("value"))
        assert shown_header["key"] == header["key"]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://user:pass@proxy:8080/", f"http://{MASK}:{MASK}@proxy:8080/"),
        ("http://user@proxy/", f"http://{MASK}@proxy/"),
        ("socks5://:pass@proxy", f"socks5://:{MASK}@proxy"),
        ("http://a:b:c@proxy", f"http://{MASK}:{MASK}@proxy"),
        ("http://a:b@c@proxy", f"http://{MASK}:{MASK}@proxy"),
        ("https://proxy/a@b?c@d#e@f", "https://proxy/a@b?c@d#e@f"),
    ],
)
def test_the_user_and_password_in_a_url_are_masked(url: str, shown: str) -> None:
    for name in ("proxy", "webhooks"):
        masked, secrets = split({name: url})
        assert masked == {name: shown}
        assert join(masked, secrets) == {name: url}


def test_header_values_are_masked_but_empty_ones_stay_empty() -> None:
    headers = [{"key": "X-A", "value": "secret"}, {"key": "X-B", "value": ""}, {"key": "X-C"}]
    masked, _ = split({"webhooksCustomHeaders": headers})
    assert masked["webhooksCustomHeaders"] == [
        {"key": "X-A", "value": MASK},
        {"key": "X-B", "value": ""},
        {"key": "X-C"},
    ]


def test_a_document_without_secrets_has_none() -> None:
    full = {"imap": {"host": "h", "port": 1, "useAuthServer": True}, "webhooksCustomHeaders": [{"key": "a"}]}
    assert split(full) == (full, {})


def test_placeholders_sent_back_are_all_found() -> None:
    masked, _ = split(
        {
            "imap": IMAP,
            "smtp": {**SMTP, "auth": {"user": "u", "accessToken": "x"}},
            "oauth2": OAUTH2,
            "proxy": "http://u:p@h/",
            "webhooks": "http://u@h/",
            "webhooksCustomHeaders": [{"key": "a", "value": ""}, {"key": "b", "value": "x"}],
        }
    )
    assert [problem.key for problem in find_masked(masked)] == [
        "imap.auth.pass",
        "smtp.auth.accessToken",
        "oauth2.accessToken",
        "oauth2.refreshToken",
        "proxy",
        "webhooks",
        "webhooksCustomHeaders.1.value",
    ]
    assert all(MASK in problem.message for problem in find_masked(masked))


def test_real_values_are_not_taken_for_placeholders() -> None:
    assert find_masked({"imap": {"auth": {"user": MASK, "pass": "*****"}}, "webhooks": "https://h/******"}) == []
    assert find_masked({"imap": False, "smtp": None, "oauth2": {}, "proxy": None, "webhooksCustomHeaders": None}) == []


# Problems


def keys(full: Document) -> list[str]:
    return [problem.key for problem in problems(full)]


@pytest.mark.parametrize(
    ("full", "expected"),
    [
        (STORED, []),
        ({"oauth2": OAUTH2}, []),
        ({"smtp": SMTP}, []),
        ({"imap": {**IMAP, "auth": {"user": "u", "accessToken": "T"}}}, []),
        ({"imap": {"host": "h", "port": 1, "useAuthServer": True}}, []),
        ({"oauth2": OAUTH2, "imap": {"host": "h", "port": 1}}, []),
        ({"imap": {"disabled": True}}, []),
        ({}, ["imap"]),
        ({"imap": {"auth": {"user": "u", "pass": "p"}}}, ["imap.host", "imap.port"]),
        ({"imap": {"host": "h", "port": 1}}, ["imap.auth"]),
        ({"imap": {**IMAP, "auth": {"pass": "p"}}}, ["imap.auth.user"]),
        ({"imap": {**IMAP, "auth": {"user": "u"}}}, ["imap.auth.pass"]),
        ({"imap": {**IMAP, "useAuthServer": True}}, ["imap.auth"]),
        ({"oauth2": {}}, ["oauth2.provider", "oauth2.auth.user"]),
        ({"oauth2": {"accessToken": "x"}}, ["oauth2.provider", "oauth2.auth.user"]),
        ({"oauth2": {"provider": "p", "authorize": True}}, []),
        (
            {"imap": {"auth": {"pass": "p"}}, "smtp": {"host": "h"}, "oauth2": {"auth": {"user": "u"}}},
            ["imap.host", "imap.port", "imap.auth.user", "smtp.port", "oauth2.provider"],
        ),
    ],
)
def test_every_problem_is_found_not_only_the_first(full: Document, expected: list[str]) -> None:
    assert keys(full) == expected


@pytest.mark.parametrize(
    ("body", "complete"),
    [
        ({"imap": IMAP}, True),
        ({"oauth2": OAUTH2}, True),
        ({"imap": False, "smtp": SMTP}, True),
        ({"smtp": SMTP}, False),
        ({"imap": False}, False),
        ({}, False),
    ],
)
def test_a_registration_says_how_mail_is_received_or_that_it_is_not(body: Document, complete: bool) -> None:
    assert [problem.key for problem in registration_problems(body)] == ([] if complete else ["imap"])


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800", "ü\udfff"])
def test_text_that_no_database_takes_is_named(text: str) -> None:
    assert not is_storable(text)
    body: dict[str, Any] = {"account": text, "name": text, "email": text, "metadata": {"a": text, "b": "fine"}}
    assert [problem.key for problem in unstorable(body)] == ["account", "name", "email", "metadata.a"]


@pytest.mark.parametrize("text", ["", "a", "\x01\x7f", "ü", "\ue000\uffff", "🐘"])
def test_other_text_is_fine(text: str) -> None:
    assert is_storable(text)
    assert unstorable({"account": text, "name": text, "metadata": {text: text}}) == []


# What follows from a document


@pytest.mark.parametrize("name", ["imap", "oauth2", "path", "subconnections", "proxy", "imapIndexer", "notifyFrom"])
def test_a_change_of_what_the_connection_is_made_of_needs_a_new_one(name: str) -> None:
    assert needs_new_connection({}, {name: "x"})
    assert not needs_new_connection({name: "x"}, {name: "x"})


@pytest.mark.parametrize("name", ["smtp", "webhooks", "logs", "copy", "webhooksCustomHeaders"])
def test_other_changes_leave_the_connection_alone(name: str) -> None:
    assert not needs_new_connection({}, {name: "x"})


@pytest.mark.parametrize(
    ("full", "expected"),
    [
        ({"imap": IMAP}, "imap"),
        ({"imap": IMAP, "oauth2": OAUTH2}, "gmail"),
        ({"oauth2": {"useAuthServer": True}}, "oauth2"),
        ({"smtp": SMTP}, "sending"),
    ],
)
def test_the_type_follows_from_the_blocks(full: Document, expected: str) -> None:
    assert account_type(full) == expected


def test_an_oauth2_user_is_the_same_in_any_case_and_at_one_provider_only() -> None:
    def identity(provider: str, user: str, **auth: str) -> str | None:
        return oauth2_identity({"oauth2": {"provider": provider, "auth": {"user": user, **auth}}})

    assert identity("gmail", "User@Example.com") == identity("gmail", "user@example.com")
    assert identity("gmail", "user@example.com") != identity("outlook", "user@example.com")
    shared = identity("outlook", "user@example.com", delegatedUser="shared@example.com")
    assert shared != identity("outlook", "user@example.com")
    assert oauth2_identity({"imap": IMAP}) is None
    assert oauth2_identity({"oauth2": {"provider": "gmail", "authorize": True}}) is None


def test_who_named_the_servers_decides_how_far_they_may_be() -> None:
    stored = {"imap": IMAP, PUBLIC_HOSTS: True}
    for change in ({"name": "N"}, {"imap": {"auth": {"pass": "new"}}}, {"imap": IMAP, PUBLIC_HOSTS: True}):
        assert merge(stored, change).document[PUBLIC_HOSTS] is True
    for change in ({"imap": IMAP}, {"imap": {"partial": True, "host": "h"}}, {"smtp": SMTP}, {"oauth2": OAUTH2}):
        assert PUBLIC_HOSTS not in merge(stored, change).document
