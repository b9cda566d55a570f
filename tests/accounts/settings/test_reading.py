"""Rows as they were written before settings were values: each opens, shows itself and is written back as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from postroom.accounts.settings.facts import account_type
from postroom.accounts.settings.reading import listed_of, may_be_listed, oauth2_of, opened, settings_of, webhooks_of
from postroom.accounts.settings.secret import Secret, SecretUrl
from postroom.accounts.settings.values import (
    NO_SETTINGS,
    NOT_LISTED,
    AccountSettings,
    Auth,
    CustomHeader,
    ImapSettings,
    Listed,
    OAuth2Settings,
    OAuth2User,
    SmtpSettings,
    Tls,
)
from postroom.accounts.settings.writing import masked, oauth2_document, split
from postroom.storage.sealing.secrets import SecretBox, account_context

ROWS: Final = Path(__file__).parent / "rows"
# The secret of the service that wrote them.
BOX: Final = SecretBox(("a service secret of rows that were written long ago",))
AT: Final = "2025-06-15T15:06:40.000Z"

IMAP: Final = ImapSettings(
    host="imap.example.com", port=993, secure=True, auth=Auth("ann@example.com", Secret("pass of imap"))
)
SMTP: Final = SmtpSettings(
    host="smtp.example.com", port=587, secure=False, auth=Auth("ann@example.com", Secret("pass of smtp"))
)
EXPECTED: Final = {
    "password": AccountSettings(
        imap=replace(
            IMAP,
            tls=Tls(False, "TLSv1.3", True),
            resync_delay=900,
            disabled=False,
            disable_imap4rev2=True,
            sent_mail_path="Sent",
            drafts_mail_path="Drafts",
            junk_mail_path="Spam",
            trash_mail_path="Trash",
            extra={"archiveMailPath": None},
        ),
        smtp=replace(SMTP, tls=Tls()),
        path=("INBOX", "\\Sent"),
        subconnections=("Archive",),
        copy=False,
        logs=True,
        sync_from="2024-05-01T00:00:00.000Z",
        notify_from="2025-01-01T00:00:00.000Z",
        imap_indexer="fast",
        smtp_ehlo_name="mail.example.com",
        locale="de",
        tz="Europe/Berlin",
        expected_email="ann@example.com",
    ),
    "oauth2": AccountSettings(
        oauth2=OAuth2Settings(
            provider="gmail",
            auth=OAuth2User("bob@gmail.com"),
            access_token=Secret("ya29.access"),
            refresh_token=Secret("1//refresh"),
            expires="2025-06-15T16:06:40.000Z",
            generated=AT,
            authority="common",
            enabled=True,
        ),
        notify_from=AT,
    ),
    "oauth2-disabled": AccountSettings(
        imap=ImapSettings(
            host="imap.example.com",
            port=143,
            auth=Auth("bea", access_token=Secret("a token in place of a password")),
            extra={"secure": None},
        ),
        smtp=SmtpSettings(host="smtp.example.com", port=465, extra={"auth": False}),
        oauth2=OAuth2Settings(
            provider="outlook",
            enabled=False,
            auth=OAuth2User("bea@example.com", "team@example.com"),
            access_token=Secret("outlook access"),
        ),
        notify_from=AT,
    ),
    "delegated": AccountSettings(
        oauth2=OAuth2Settings(provider="gmail", auth=OAuth2User("team@gmail.com", "shared@gmail.com", "oauth2")),
        notify_from=AT,
    ),
    "auth-server": AccountSettings(
        imap=ImapSettings(host="imap.example.com", port=993, use_auth_server=True),
        smtp=SmtpSettings(host="smtp.example.com", port=465, secure=True, use_auth_server=True, disabled=True),
        notify_from=AT,
    ),
    "oauth2-auth-server": AccountSettings(
        oauth2=OAuth2Settings(provider="gmail", auth=OAuth2User("cora@example.com"), use_auth_server=True),
        notify_from=AT,
    ),
    "send-only": AccountSettings(smtp=SMTP, notify_from=AT),
    "proxy": AccountSettings(
        imap=IMAP, proxy=SecretUrl("socks5://proxy-user:proxy%20pass@proxy.example.com:1080"), notify_from=AT
    ),
    "webhooks": AccountSettings(
        imap=IMAP,
        webhooks=SecretUrl("https://hook-user:hook@pass@hooks.example.com/mail?a=b"),
        webhooks_custom_headers=(
            CustomHeader("Authorization", Secret("Bearer of the hook")),
            CustomHeader("X-Empty", Secret("")),
            CustomHeader("X-Bare"),
        ),
        notify_from=AT,
    ),
    "plain-urls": AccountSettings(
        imap=IMAP,
        webhooks=SecretUrl("https://hooks.example.com/"),
        proxy=SecretUrl("http://proxy.example.com:3128"),
        webhooks_custom_headers=(CustomHeader("X-Empty", Secret("")),),
        notify_from=AT,
    ),
    "bound": AccountSettings(
        imap=ImapSettings(host="imap.example.net", port=993, auth=Auth("hal", Secret("new"))),
        smtp=SMTP,
        webhooks=SecretUrl("https://own:key@new.example.com/"),
        public_hosts=True,
        own_receiver=True,
        notify_from=AT,
    ),
    "unknown": AccountSettings(
        imap=replace(
            IMAP,
            auth=Auth("ann@example.com", Secret("pass of imap"), extra={"loginPass": "kept"}),
            tls=Tls(extra={"ciphers": "ALL"}),
            extra={"certificateHint": {"of": ["a", 1]}},
        ),
        oauth2=OAuth2Settings(
            provider="gmail",
            auth=OAuth2User("ida@gmail.com", extra={"accessToken": "misplaced"}),
            access_token=Secret("a"),
            refresh_token=Secret("r"),
        ),
        webhooks_custom_headers=(CustomHeader("X-A", Secret("v"), extra={"note": "kept"}),),
        notify_from=AT,
        extra={"somethingNew": {"deep": [1, None, True]}},
    ),
}


def row(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROWS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def secrets_of(stored: dict[str, Any]) -> dict[str, Any]:
    context = account_context(stored["account"])
    return orjson.loads(BOX.open(stored["sealed"], context)) if stored["sealed"] else {}


def test_every_stored_row_is_tried() -> None:
    assert sorted(path.stem for path in ROWS.glob("*.json")) == sorted(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_stored_row_opens_to_its_settings(name: str) -> None:
    stored = row(name)
    settings = opened(settings_of(stored["document"]), secrets_of(stored))
    assert settings == EXPECTED[name]
    assert account_type(settings) == stored["type"]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_stored_row_is_written_back_as_it_was(name: str) -> None:
    stored = row(name)
    assert split(opened(settings_of(stored["document"]), secrets_of(stored))) == (
        stored["document"],
        secrets_of(stored),
    )


@pytest.mark.parametrize("name", EXPECTED)
def test_a_stored_row_shows_itself_without_its_secrets(name: str) -> None:
    document = row(name)["document"]
    assert masked(settings_of(document)) == document


def test_an_oauth2_block_is_read_alone_too() -> None:
    block = {"provider": "gmail", "accessToken": "A", "hint": 1}
    assert oauth2_of(block) == OAuth2Settings(provider="gmail", access_token=Secret("A"), extra={"hint": 1})
    assert oauth2_document(oauth2_of(block)) == block
    assert settings_of({}) == NO_SETTINGS


def test_a_list_shows_few_of_the_settings() -> None:
    assert listed_of(row("plain-urls")["document"]) == Listed(
        "https://hooks.example.com/", "http://proxy.example.com:3128"
    )
    assert listed_of(row("password")["document"]) == Listed(smtp_ehlo_name="mail.example.com")
    assert listed_of({}) == NOT_LISTED


def test_a_document_without_listed_fields_need_not_be_decoded() -> None:
    assert may_be_listed('{"imap":{},"proxy":"http://proxy.example.com"}')
    assert not may_be_listed('{"imap":{"host":"proxy.example.com"}}')


def test_of_what_concerns_webhooks_nothing_else_is_read() -> None:
    document = row("bound")["document"]
    found = webhooks_of(document)
    assert found == AccountSettings(webhooks=SecretUrl(document["webhooks"]), own_receiver=True)
    assert webhooks_of(row("send-only")["document"]) is NO_SETTINGS
