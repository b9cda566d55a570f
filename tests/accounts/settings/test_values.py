"""What settings say of themselves: what is in use, whose credentials they are."""

from __future__ import annotations

import dataclasses

import pytest

from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.shapes import Document
from postroom.accounts.settings.values import NO_SETTINGS, OAuth2Settings, Protocol
from tests.accounts.settings.documents import IMAP, OAUTH2, SMTP


def test_settings_cannot_be_changed_in_place() -> None:
    settings = settings_of({"imap": IMAP, "other": 1})
    for value in (settings, settings.imap):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, "extra", {})  # noqa: B010 - an assignment would not pass the type checker
    assert not hasattr(settings, "__dict__")


@pytest.mark.parametrize(
    ("document", "imap", "smtp"),
    [
        ({"imap": IMAP, "smtp": SMTP}, True, True),
        ({"imap": {**IMAP, "disabled": True}, "smtp": {**SMTP, "disabled": True}}, False, False),
        ({"oauth2": OAUTH2}, True, False),
        ({"oauth2": {**OAUTH2, "enabled": False}}, False, False),
        ({"imap": {**IMAP, "disabled": True}, "oauth2": OAUTH2}, False, False),
        ({}, False, False),
    ],
)
def test_which_protocols_are_in_use(document: Document, imap: bool, smtp: bool) -> None:
    settings = settings_of(document)
    assert (settings.wants_imap, settings.wants_smtp) == (imap, smtp)


@pytest.mark.parametrize(
    ("document", "protocol", "uses"),
    [
        ({"oauth2": OAUTH2}, "imap", True),
        ({"oauth2": OAUTH2}, "api", True),
        ({"oauth2": {}}, "imap", True),
        ({"oauth2": {**OAUTH2, "enabled": False}}, "imap", False),
        ({"oauth2": OAUTH2, "imap": {"host": "h", "port": 1}}, "imap", True),
        ({"oauth2": OAUTH2, "imap": IMAP}, "imap", False),
        ({"oauth2": OAUTH2, "imap": IMAP}, "smtp", True),
        ({"oauth2": OAUTH2, "smtp": {"useAuthServer": True}}, "smtp", False),
        ({"imap": IMAP}, "imap", False),
    ],
)
def test_which_protocols_sign_in_with_an_access_token(document: Document, protocol: Protocol, uses: bool) -> None:
    assert settings_of(document).uses_oauth2(protocol) is uses


def test_to_refuse_smtp_is_more_than_to_have_none() -> None:
    assert settings_of({"oauth2": OAUTH2, "smtp": False}).refuses_smtp
    assert not settings_of({"oauth2": OAUTH2}).refuses_smtp
    assert not settings_of({"smtp": SMTP}).refuses_smtp


def test_whose_mailbox_it_is() -> None:
    def oauth2(**auth: str) -> OAuth2Settings:
        found = settings_of({"oauth2": {"auth": auth}}).oauth2
        assert found is not None
        return found

    assert oauth2(user="jo").mailbox == "jo"
    assert oauth2(user="jo", delegatedUser="team").mailbox == "team"
    assert OAuth2Settings().mailbox == ""
    assert OAuth2Settings().who.user is None
    assert settings_of({"oauth2": {"auth": {"delegatedAccount": "b"}}}).lender == "b"
    assert NO_SETTINGS.lender is None


def test_the_folders_that_are_chosen_for_roles() -> None:
    own = {"host": "x", "sentMailPath": "Mine", "trashMailPath": "", "junkMailPath": None, "archiveMailPath": "Old"}
    assert settings_of({"imap": own}).chosen_roles == {"\\Sent": "Mine", "\\Archive": "Old"}
    assert NO_SETTINGS.chosen_roles == settings_of({"imap": False}).chosen_roles == {}
