"""Links to the hosted sign-in: what is in them, and that nobody else can make or change one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from postroom.onboarding.sign_in.link import LIFE_MS, Link, LinkRefused, read, sign, with_query

SECRET = "the secret"
NOW = 1_750_000_000_000
REQUEST: dict[str, Any] = {"redirectUrl": "https://app.example/x?a=1", "account": "jo", "path": ["INBOX"]}


def made(**more: Any) -> Link:
    return sign({**REQUEST, **more}, SECRET, "the nonce", NOW)


def test_a_link_says_what_was_asked_for() -> None:
    link = made(name="Jo", email="jo@example.com", expectedEmail="jo@example.com", delegated=True, notifyFrom="2026")
    assert read(link.data, link.sig, SECRET, NOW) == link
    assert (link.account, link.name, link.email, link.expected_email) == ("jo", "Jo", "jo@example.com", link.email)
    assert link.delegated
    assert link.settings == {"notifyFrom": "2026", "path": ["INBOX"]}
    assert link.id == hashlib.sha256(b"the nonce").hexdigest()


def test_its_form_is_json_and_an_hmac_in_base64url() -> None:
    link = made()
    body = json.loads(base64.urlsafe_b64decode(link.data + "=="))
    assert body == {**REQUEST, "n": "the nonce", "t": NOW}
    digest = hmac.new(SECRET.encode(), link.data.encode(), hashlib.sha256).digest()
    assert link.sig == base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert link.query(type="gmail") == f"data={link.data}&sig={link.sig}&type=gmail"


@pytest.mark.parametrize(
    "change",
    [
        {"sig": ""},
        {"sig": "A" * 43},
        {"sig": "é\ud800"},
        {"secret": "another"},
        {"data": ""},
        {"data": made(account="mallory").data},
        {"data": "x" * 40_000},
        {"data": "é\ud800"},
    ],
)
def test_what_was_not_signed_here_is_refused(change: dict[str, str]) -> None:
    link = made()
    sent = {"data": link.data, "sig": link.sig, "secret": SECRET, **change}
    with pytest.raises(LinkRefused, match="not valid"):
        read(**sent, now=NOW)


def test_it_lives_for_a_day() -> None:
    link = made()
    assert read(link.data, link.sig, SECRET, NOW + LIFE_MS - 1) == link
    for late in (NOW + LIFE_MS, NOW - 1):
        with pytest.raises(LinkRefused, match="expired"):
            read(link.data, link.sig, SECRET, late)


def test_the_way_back_keeps_what_the_url_had() -> None:
    assert made().way_back("j o", created=True) == "https://app.example/x?a=1&account=j+o&state=new"
    assert made().way_back("jo", created=False) == "https://app.example/x?a=1&account=jo&state=existing"
    assert with_query("https://a.example/#part", {"b": "&"}) == "https://a.example/?b=%26#part"
