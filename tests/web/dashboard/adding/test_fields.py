"""The fields of the form cover what the API takes, and show what is stored."""

from __future__ import annotations

import pytest

from postroom.schemas.checking.known_fields import known_fields
from postroom.schemas.requests.accounts import NewAccount
from postroom.web.dashboard.adding.fields import BLANK, FIELDS, MORE, at, shown
from tests.accounts.bodies import body

NOT_FOR_PEOPLE = {
    # Programs renew tokens.
    *(f"{name}.auth.accessToken" for name in ("imap", "smtp")),
    *(f"oauth2.{name}" for name in ("accessToken", "refreshToken", "expires", "generated")),
    # They have no effect.
    "syncFrom",
    "oauth2.authority",
    # Switches and buttons stand for them.
    *(f"{name}.{what}" for name in ("imap", "smtp") for what in ("secure", "disabled", "tls.allowPlaintext")),
    "oauth2.authorize",
    "oauth2.redirectUrl",
}


def leaves(names: object, path: str = "") -> set[str]:
    found: set[str] = set()
    for name, inner in names.items():  # type: ignore[attr-defined]
        here = f"{path}{name}"
        found |= leaves(inner, f"{here}.") if inner and name != "webhooksCustomHeaders" else {here}
    return found


def test_every_field_of_a_registration_is_in_the_form_or_left_to_programs() -> None:
    assert leaves(known_fields(NewAccount)) == FIELDS.keys() | NOT_FOR_PEOPLE


def test_every_further_field_exists() -> None:
    assert MORE <= FIELDS.keys() <= BLANK.keys()


@pytest.mark.parametrize(
    ("block", "security"),
    [
        ({"port": 993}, "tls"),
        ({"port": 143}, "starttls"),
        ({"port": 143, "secure": True}, "tls"),
        ({"port": 993, "secure": False}, "starttls"),
        ({"port": 143, "tls": {"allowPlaintext": True}}, "none"),
        (None, "tls"),
    ],
)
def test_the_encryption_in_one_word(block: dict[str, object] | None, security: str) -> None:
    document = {"imap": block} if block is not None else {}
    assert shown(document, uses_imap=True, uses_smtp=False)["imap.security"] == security


def test_stored_values_become_texts_and_secrets_none() -> None:
    texts = shown(body(copy=True, logs=True, oauth2={"enabled": False}), uses_imap=True, uses_smtp=False)
    assert (texts["imap.port"], texts["copy"], texts["logs"], texts["oauth2.enabled"]) == ("993", "true", "1", "1")
    assert (texts["imap.used"], texts["smtp.used"], texts["imap.auth.pass"]) == ("1", "", "")
    assert texts.keys() == BLANK.keys()


def test_the_same_user_is_shown_once() -> None:
    auth = {"user": "jo", "pass": "x"}
    texts = shown({"imap": {"auth": auth}, "smtp": {"auth": auth}}, uses_imap=True, uses_smtp=True)
    assert (texts["imap.auth.user"], texts["smtp.auth.user"]) == ("jo", "")


def test_values_by_their_path() -> None:
    assert at({"a": {"b": 1}}, "a.b") == 1
    assert at({"a": 1}, "a.b") is None
    assert at({}, "a.b") is None
