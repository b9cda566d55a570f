"""What is shown of an OAuth2 application."""

from __future__ import annotations

from postroom.oauth2.model import App
from postroom.oauth2.shapes import AppMailServer
from postroom.schemas.showing.oauth2 import application

IMAP: AppMailServer = {"host": "imap.example.com", "port": 993}
SMTP: AppMailServer = {"host": "smtp.example.com", "port": 587}
APP = App(
    id="mine",
    kind="oidc",
    document={"name": "Mine", "clientId": "c", "enabled": True, "imap": IMAP, "smtp": SMTP},
    created_at=0,
    updated_at=1000,
    secrets={"clientSecret": "sesame"},
    accounts=3,
)


def test_secrets_are_masked_and_those_it_has_not_are_left_out() -> None:
    shown = application(APP)
    assert shown["clientSecret"] == "******"
    assert "serviceKey" not in shown
    assert "sesame" not in repr(shown)


def test_servers_are_shown_with_the_tls_that_is_in_effect() -> None:
    shown = application(APP)
    assert shown["imap"] == {"host": "imap.example.com", "port": 993, "secure": True}
    assert shown["smtp"] == {"host": "smtp.example.com", "port": 587, "secure": False}


def test_what_a_row_tells_is_shown_beside_the_document() -> None:
    shown = application(APP)
    assert (shown["id"], shown["name"], shown["provider"], shown["accounts"]) == ("mine", "Mine", "oidc", 3)
    assert (shown["created"], shown["updated"]) == ("1970-01-01T00:00:00.000Z", "1970-01-01T00:00:01.000Z")


def test_an_application_without_servers_is_not_offered_unless_it_says_so() -> None:
    shown = application(App("gmail", "gmail", {"name": "G"}, 0, 0))
    assert shown["enabled"] is False
    assert not {"imap", "smtp", "clientSecret"} & shown.keys()
