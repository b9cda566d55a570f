"""Ids and folders go into paths without changing them."""

from __future__ import annotations

from urllib.parse import unquote

from postroom.web.dashboard.mail.paths import attachment_path, mail_path, message_path

NASTY = 'a/b?c#d%2F"><'


def test_every_character_stays_in_its_place() -> None:
    base = f"/dashboard/accounts/{NASTY}"
    for path, wanted in (
        (mail_path(NASTY), f"{base}/mail"),
        (message_path(NASTY, NASTY), f"{base}/mail/{NASTY}"),
        (message_path(NASTY, "id", "html"), f"{base}/mail/id/html"),
        (attachment_path(NASTY, NASTY), f"{base}/attachments/{NASTY}"),
    ):
        assert unquote(path) == wanted
        assert not set('?#"<>') & set(path)
    assert message_path("a", NASTY).count("/") == 5


def test_parameters_that_are_empty_are_left_out() -> None:
    assert mail_path("a", {"path": "A & B", "search": ""}) == "/dashboard/accounts/a/mail?path=A+%26+B"
