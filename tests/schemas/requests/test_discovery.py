"""What the search for mail servers and a diagnosis may be asked."""

from __future__ import annotations

from postroom.schemas.requests.discovery import AutoconfigQuery, Examine
from tests.schemas.checked import problems_of, value_of


def test_servers_are_looked_for_by_an_address() -> None:
    assert value_of(AutoconfigQuery, {"email": " ada@example.com "}).email == "ada@example.com"
    assert problems_of(AutoconfigQuery, {}) == {"email": "is required"}
    assert problems_of(AutoconfigQuery, {"email": "mailto:a@b.com"}) == {
        "email": "must be an e-mail address: leave out `mailto:`"
    }


def test_settings_to_examine_need_not_be_whole() -> None:
    assert value_of(Examine, {"imap": {"port": "993"}, "smtp": False}) == {"imap": {"port": 993}, "smtp": False}
    sent = {"oauth2": {"authorize": True}, "smtpEhloName": "a b", "proxy": "http://x.example"}
    assert problems_of(Examine, sent) == {
        "oauth2.authorize": "is not allowed",
        "smtpEhloName": "must be a host name or an IP address alone: leave out the spaces",
        "proxy": "is not allowed",
    }
