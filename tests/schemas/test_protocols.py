"""The `imap`, `smtp` and `oauth2` blocks: which fields they have, and what becomes of values from form libraries."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.connections.hosts.addresses import AddressPolicy
from postroom.schemas import protocols
from postroom.schemas.fields import POLICY
from tests.schemas.checked import problems_of, value_of

NO_FIELD = "is not allowed"


def test_a_block_holds_only_what_was_sent() -> None:
    sent = {
        "host": "imap.example.com",
        "port": "993",
        "secure": "Y",
        "disabled": "",
        "tls": {"rejectUnauthorized": "N"},
    }
    assert value_of(protocols.ImapBlock, sent) == {
        "host": "imap.example.com",
        "port": 993,
        "secure": True,
        "disabled": False,
        "tls": {"rejectUnauthorized": False},
    }
    assert value_of(protocols.SmtpBlock, {}) == {}


@pytest.mark.parametrize("kind", ["ImapBlock", "SmtpBlock", "OAuth2Block", "TriedOAuth2Block", "ImapChangeBlock"])
def test_a_block_may_be_false_and_nothing_else(kind: str) -> None:
    assert value_of(getattr(protocols, kind), False) is False
    others: tuple[object, ...] = (True, None, "", [])
    for sent in others:
        assert problems_of(getattr(protocols, kind), sent) == {"body": "must be an object"}


@pytest.mark.parametrize(
    ("block", "sent", "problems"),
    [
        ("ImapBlock", {"port": 0}, {"port": "must be greater than or equal to 1"}),
        ("ImapBlock", {"host": "a.example:993"},
         {"host": "must be a host name or an IP address alone: leave out the port, which goes into `port`"}),
        ("ImapBlock", {"auth": {"user": "u\r\n"}}, {"auth.user": "must not hold a line break or a NUL character"}),
        ("ImapBlock", {"auth": {"password": "p"}}, {"auth.password": NO_FIELD}),
        ("ImapBlock", {"auth": True}, {"auth": "must be an object"}),
        ("ImapBlock", {"tls": {"minVersion": "SSLv3"}},
         {"tls.minVersion": "must be one of 'TLSv1', 'TLSv1.1', 'TLSv1.2' or 'TLSv1.3'"}),
        ("ImapBlock", {"tls": {"servername": "imaps://a.example"}},
         {"tls.servername": "must be a host name or an IP address alone: "
          "leave out what stands before the name, such as `imap://`"}),
        ("ImapBlock", {"tls": {"ciphers": "NULL"}}, {"tls.ciphers": NO_FIELD}),
        ("ImapBlock", {"resyncDelay": -1}, {"resyncDelay": "must be greater than or equal to 0"}),
        ("SmtpBlock", {"resyncDelay": 10, "sentMailPath": "Sent"}, {"resyncDelay": NO_FIELD, "sentMailPath": NO_FIELD}),
        ("OAuth2Block", {"provider": "x" * 257}, {"provider": "must not be longer than 256 characters"}),
        ("OAuth2Block", {"redirectUrl": "ftp://x.example/"}, {"redirectUrl": "must begin with https:// or http://"}),
        ("OAuth2Block", {"expires": 1640995200}, {"expires": "must be a date in ISO 8601 format"}),
        ("OAuth2Block", {"auth": {"pass": "p"}}, {"auth.pass": NO_FIELD}),
    ],
)  # fmt: skip
def test_what_is_refused_is_named_by_its_path(block: str, sent: dict[str, Any], problems: dict[str, str]) -> None:
    assert problems_of(getattr(protocols, block), sent) == problems


@pytest.mark.parametrize(("new", "change"), [("ImapBlock", "ImapChangeBlock"), ("SmtpBlock", "SmtpChangeBlock")])
def test_only_a_change_can_be_partial(new: str, change: str) -> None:
    sent = {"partial": "Y", "port": 25}
    assert value_of(getattr(protocols, change), sent) == {"partial": True, "port": 25}
    assert problems_of(getattr(protocols, new), sent) == {"partial": NO_FIELD}


def test_a_consent_can_be_asked_for_by_a_new_account_only() -> None:
    sent = {"provider": "gmail", "authorize": "1", "redirectUrl": ""}
    assert value_of(protocols.OAuth2Block, sent) == {"provider": "gmail", "authorize": True, "redirectUrl": None}
    for block in (protocols.TriedOAuth2Block, protocols.OAuth2ChangeBlock):
        assert problems_of(block, sent) == {"authorize": NO_FIELD, "redirectUrl": NO_FIELD}


def test_an_access_token_of_false_says_that_there_is_none() -> None:
    assert value_of(protocols.ImapBlock, {"auth": {"accessToken": False}}) == {"auth": {"accessToken": False}}
    assert value_of(protocols.ImapBlock, {"auth": False}) == {"auth": False}


def test_a_cleared_folder_is_none() -> None:
    paths = {"sentMailPath": "", "junkMailPath": None, "trashMailPath": "Trash"}
    assert value_of(protocols.ImapBlock, paths) == {
        "sentMailPath": None,
        "junkMailPath": None,
        "trashMailPath": "Trash",
    }


@pytest.mark.parametrize("block", [protocols.ImapBlock, protocols.SmtpBlock])
def test_both_servers_are_under_the_address_policy(block: Any) -> None:
    (words,) = problems_of(block, {"host": "10.0.0.1"}, **{POLICY: AddressPolicy.PUBLIC}).values()
    assert "is not a public address" in words
