"""Where a document holds secrets."""

from __future__ import annotations

from postroom.accounts.settings.places import secret_places
from postroom.accounts.settings.shapes import Document
from tests.accounts.settings.documents import IMAP, OAUTH2


def test_every_password_and_token_is_found_and_nothing_empty() -> None:
    document: Document = {
        "imap": IMAP,
        "smtp": {"auth": {"pass": "", "accessToken": "t"}},
        "oauth2": OAUTH2,
        "other": {"pass": 1},
    }
    assert [(path, holder[key]) for path, holder, key in secret_places(document)] == [
        ("imap.auth.pass", "old"),
        ("smtp.auth.accessToken", "t"),
        ("oauth2.accessToken", "A"),
        ("oauth2.refreshToken", "R"),
    ]
    assert list(secret_places({"imap": False, "smtp": {"auth": False}, "oauth2": None})) == []
