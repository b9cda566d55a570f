"""Mail servers of EmailEngine as Postroom takes them."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.moving.mapping.servers import imap_block, server_differences, smtp_block
from tests.moving import documents


def imap(**fields: Any) -> dict[str, Any]:
    return {"imap": {"host": "h", "port": 143, "auth": {"user": "u", "pass": "p"}, **fields}}


def causes(account: dict[str, Any]) -> list[str]:
    return [remark.cause for remark in server_differences(account)]


def test_what_is_unset_there_is_plain_text_with_starttls_here() -> None:
    assert imap_block(imap())["secure"] is False  # type: ignore[index]
    assert imap_block(imap(port=993, secure=True))["secure"] is True  # type: ignore[index]
    assert causes(imap()) == ["plaintext"]
    assert causes(documents.password_account()) == []


def test_an_account_without_imap_or_smtp_has_no_block() -> None:
    assert imap_block({"imap": False}) is None
    assert imap_block({}) is None
    assert smtp_block({"smtp": {}}) is None


def test_the_authentication_server_takes_the_place_of_credentials() -> None:
    block = imap_block(imap(useAuthServer=True, auth=False))
    assert block == {"host": "h", "port": 143, "secure": False, "useAuthServer": True}


def test_an_access_token_takes_the_place_of_a_password() -> None:
    block = imap_block(imap(auth={"user": "u", "pass": "p", "accessToken": "t"}))
    assert block is not None
    assert block["auth"] == {"user": "u", "accessToken": "t"}


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({"resyncDelay": 1}, {}),
        ({"resyncDelay": 600}, {"resyncDelay": 600}),
        ({"disabled": True}, {"disabled": True}),
        ({"sentMailPath": "Gesendet", "junkMailPath": None}, {"sentMailPath": "Gesendet"}),
        ({"tls": {"rejectUnauthorized": False}}, {"tls": {"rejectUnauthorized": False}}),
        ({"tls": {"minVersion": "TLSv1.2", "rejectUnauthorized": True}}, {"tls": {"minVersion": "TLSv1.2"}}),
        ({"tls": {"minVersion": "SSLv3"}}, {}),
        ({"partial": True, "somethingNew": 1}, {}),
    ],
)
def test_only_fields_that_postroom_has_go_over(fields: dict[str, Any], kept: dict[str, Any]) -> None:
    assert imap_block(imap(**fields)) == {
        "host": "h",
        "port": 143,
        "secure": False,
        "auth": {"user": "u", "pass": "p"},
        **kept,
    }


def test_settings_of_tls_that_are_left_behind_are_told() -> None:
    assert causes(imap(secure=True, tls={"ciphers": "ALL"})) == ["tls"]
