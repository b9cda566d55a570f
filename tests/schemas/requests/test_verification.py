"""Settings to try."""

from __future__ import annotations

from postroom.schemas.requests.verification import Verify
from tests.schemas.checked import problems_of, value_of


def test_settings_to_try_come_out_as_validation_makes_them() -> None:
    sent = {"imap": {"port": "993"}, "smtp": False, "mailboxes": "Y", "proxy": "", "smtpEhloName": ""}
    made = {"imap": {"port": 993}, "smtp": False, "mailboxes": True, "proxy": None, "smtpEhloName": None}
    assert value_of(Verify, sent) == made


def test_what_is_refused_is_told_all_at_once() -> None:
    sent = {
        "imap": {"port": 0},
        "smtp": {"host": "a b"},
        "oauth2": True,
        "mailboxes": "all",
        "proxy": "ftp://x.example",
    }
    assert problems_of(Verify, sent) == {
        "imap.port": "must be greater than or equal to 1",
        "smtp.host": "must be a host name or an IP address alone: leave out the spaces",
        "oauth2": "must be an object",
        "mailboxes": "must be true or false",
        "proxy": "must begin with http://, socks://, socks4://, socks4a:// or socks5://",
    }


def test_what_would_be_stored_is_not_taken() -> None:
    assert problems_of(Verify, {"account": "a", "name": "A"}) == {"account": "is not allowed", "name": "is not allowed"}
