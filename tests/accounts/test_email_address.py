"""What is an e-mail address, and what is said of a text that is none."""

from __future__ import annotations

import socket

import pytest
from email_validator import validate_email
from hypothesis import given
from hypothesis import strategies as st

from postroom.accounts import email_address
from postroom.accounts.email_address import email_fault, same_address

GOOD = (
    "ada@example.com",
    "ada+tag@mail.example.co.uk",
    "o'brien@example.com",
    "ada@localhost",
    "ada@mail.local",
    "ada@mailserver",
    "ada@example.test",
    "ada@corp.internal",
    "ada@192.0.2.1",
    "ada@[192.0.2.1]",
    '"ada lovelace"@example.com',
    "jö@exämple.com",
    "почта@пример.рф",
    "用户@例え.jp",
    "ada@xn--exmple-cua.com",
)
BAD = (
    ("Ada<ada@x.com>", "send the address alone, without a name and without angle brackets"),
    ("<ada@x.com>", "send the address alone, without a name and without angle brackets"),
    ("mailto:a@b.com", "leave out `mailto:`"),
    ("MAILTO:a@b.com", "leave out `mailto:`"),
    ("a@b.com;", "leave out what stands behind it"),
    ("a@b.com,", "leave out what stands behind it"),
    ("a@b.com; c@d.com", "send one address, with one @"),
    ("a@b@c.com", "send one address, with one @"),
    ("ada", "an email address must have an @-sign"),
    ("ada@", "there must be something after the @-sign"),
    ("@x.com", "there must be something before the @-sign"),
    ("ada love@x.com", "the email address contains invalid characters before the @-sign: SPACE"),
    ("ada@x com", "the part after the @-sign contains invalid characters: SPACE"),
    ("ada..l@x.com", "an email address cannot have two periods in a row"),
    ("ada@x..com", "an email address cannot have two periods in a row"),
    ("ada@-x.com", "an email address cannot have a hyphen immediately after the @-sign"),
)


@pytest.mark.parametrize("text", GOOD)
def test_addresses_of_every_kind(text: str) -> None:
    assert email_fault(text) is None


@given(st.from_regex(email_address._USUAL, fullmatch=True))
def test_what_is_taken_as_usual_is_valid(text: str) -> None:
    email_address._library()
    validate_email(text, check_deliverability=False, globally_deliverable=False)
    assert email_fault(text) is None


@pytest.mark.parametrize(("text", "fault"), BAD)
def test_what_is_none_is_told_why(text: str, fault: str) -> None:
    assert email_fault(text) == fault


@pytest.mark.parametrize(
    "text", ["", " ", "\0", "a\0@b.com", "a\ud800@b.com", "a@\ud800.com", "a" * 300, "a@" + "b" * 300]
)
def test_anything_can_be_asked(text: str) -> None:
    assert email_fault(text)


@pytest.mark.parametrize(
    "text", ["sesame", "sesame@", "a@sesame..com", "a@sesa\u2488me.com", "a@" + "sesame" * 11 + ".com"]
)
def test_nothing_of_the_text_is_repeated(text: str) -> None:
    assert "sesame" not in (email_fault(text) or "sesame")


def test_no_name_server_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: object, **__: object) -> None:
        raise AssertionError("a name was looked up")

    monkeypatch.setattr(socket, "getaddrinfo", asked)
    monkeypatch.setattr(socket, "socket", asked)
    assert email_fault("ada@no-such-host.example") is None


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("Ada@Example.com", "ada@example.COM", True),
        ("ÄDA@example.com", "a\u0308da@example.com", True),
        ("a@strasse.de", "a@straße.de", False),
        ("strauss@example.com", "strauß@example.com", False),
        ("a@example.com", "b@example.com", False),
    ],
)
def test_two_addresses_are_one_or_not(one: str, other: str, is_same: bool) -> None:
    assert same_address(one, other) is is_same
