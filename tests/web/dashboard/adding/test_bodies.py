"""Differences of a form make the body of a registration, or of a change."""

from __future__ import annotations

from typing import Any

from postroom.accounts.settings.shapes import Document
from postroom.web.dashboard.adding.bodies import change_of, wanted
from postroom.web.dashboard.adding.fields import BLANK, shown

AUTH = {"user": "jo", "pass": "old"}
IMAP = {"host": "imap.example.com", "port": 993, "secure": True, "auth": AUTH}
FORM = {
    **BLANK,
    "name": "Jo",
    "imap.used": "1",
    "imap.host": "imap.example.com",
    "imap.port": "993",
    "imap.security": "tls",
    "imap.auth.user": "jo",
    "imap.auth.pass": "secret",
}


def changed(stored: Document, **texts: str) -> Any:
    """The change of an account that a form with these texts makes."""
    before = shown(stored, uses_imap=True, uses_smtp="smtp" in stored)
    found = wanted({**before, **texts}, before, stored)
    return change_of(found.sent, found, stored)


def test_a_new_account() -> None:
    found = wanted(FORM, BLANK, {})
    auth = {"user": "jo", "pass": "secret"}
    assert found.sent == {
        "account": None,
        "name": "Jo",
        "imap": {"host": "imap.example.com", "port": "993", "auth": auth, "secure": True},
    }


def test_sending_takes_user_and_password_of_receiving_unless_it_has_its_own() -> None:
    smtp = {"smtp.used": "1", "smtp.host": "smtp.example.com", "smtp.port": "465", "smtp.security": "starttls"}
    sent = wanted({**FORM, **smtp}, BLANK, {}).sent["smtp"]
    assert (sent["auth"], sent["secure"]) == ({"user": "jo", "pass": "secret"}, False)
    own = {"smtp.auth.user": "other", "smtp.auth.pass": "its own"}
    assert wanted({**FORM, **smtp, **own}, BLANK, {}).sent["smtp"]["auth"] == {"user": "other", "pass": "its own"}
    # Another user does not get this password.
    other = {"smtp.auth.user": "other"}
    assert wanted({**FORM, **smtp, **other}, BLANK, {}).sent["smtp"]["auth"] == {"user": "other"}


def test_the_authentication_server_takes_the_place_of_a_password() -> None:
    found = wanted({**FORM, "imap.useAuthServer": "1"}, BLANK, {})
    assert found.sent["imap"]["useAuthServer"] is True
    assert "auth" not in found.sent["imap"]
    assert changed({"imap": IMAP}, **{"imap.useAuthServer": "1"})["imap"] == {
        "host": "imap.example.com",
        "port": 993,
        "secure": True,
        "useAuthServer": True,
    }


def test_nothing_differs() -> None:
    assert changed({"imap": IMAP, "smtp": IMAP, "metadata": {"a": "b"}, "name": "Jo"}) == {}


def test_a_block_is_sent_whole_with_its_difference() -> None:
    assert changed({"imap": {**IMAP, "extra": 1}}, **{"imap.port": "1993"}) == {
        "imap": {**IMAP, "port": "1993", "extra": 1}
    }
    assert changed({"imap": IMAP}, **{"imap.auth.pass": "new"})["imap"]["auth"] == {"user": "jo", "pass": "new"}


def test_a_password_takes_the_place_of_a_token() -> None:
    stored = {"imap": {**IMAP, "auth": {"user": "jo", "accessToken": "t"}}}
    assert changed(stored, **{"imap.auth.pass": "new"})["imap"]["auth"] == {"user": "jo", "pass": "new"}


def test_encryption_is_three_words() -> None:
    none = changed({"imap": IMAP}, **{"imap.security": "none"})["imap"]
    assert (none["secure"], none["tls"]) == (False, {"allowPlaintext": True})
    again = changed({"imap": none}, **{"imap.security": "tls"})["imap"]
    assert again == IMAP


def test_fields_are_cleared() -> None:
    stored = {"imap": {**IMAP, "resyncDelay": 60}, "tz": "x", "path": ["a"], "metadata": {"a": "b", "c=d": "e"}}
    change = changed(stored, **{"imap.resyncDelay": "", "tz": "", "path": "", "metadata": ""})
    assert change == {"imap": IMAP, "tz": None, "path": [], "metadata": {"c=d": "e"}}


def test_a_server_is_switched_off_or_taken_away() -> None:
    assert changed({"imap": IMAP}, **{"imap.used": ""})["imap"] == {**IMAP, "disabled": True}
    assert changed({"imap": IMAP}, **{"imap.used": "", "imap.host": ""})["imap"] is False
    assert changed({"imap": {**IMAP, "disabled": True}}, **{"imap.used": "1"})["imap"] == IMAP


def test_an_application_knows_the_server() -> None:
    stored = {"oauth2": {"provider": "gmail", "auth": {"user": "jo"}, "refreshToken": "r"}}
    assert changed(stored) == {}
    change = changed(stored, **{"oauth2.auth.delegatedUser": "team"})
    assert change == {"oauth2": {**stored["oauth2"], "auth": {"user": "jo", "delegatedUser": "team"}}}
    assert changed(stored, **{"oauth2.provider": "", "oauth2.auth.user": ""})["oauth2"] is False


def test_a_mask_stands_for_the_stored_value_of_a_header() -> None:
    stored = {"webhooksCustomHeaders": [{"key": "X-A", "value": "kept"}]}
    change = changed(stored, webhooksCustomHeaders="X-A: ******\nX-B: new\nX-C: ******")
    assert [each["value"] for each in change["webhooksCustomHeaders"]] == ["kept", "new", "******"]
