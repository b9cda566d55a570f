"""Whether a copy of a sent message is stored, and where."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from postroom.accounts.settings.values import AccountSettings, ImapSettings, OAuth2Settings, OAuth2User
from postroom.submission.copy_rule import copies, is_filed_by_provider, sent_folder
from postroom.submission.plan import NO_PLAN, SendingPlan


@dataclass(frozen=True, slots=True)
class Provider:
    stores_sent_copy: bool


PLAIN = Provider(stores_sent_copy=False)
FILES = Provider(stores_sent_copy=True)
IMAP = AccountSettings(imap=ImapSettings(host="imap.example.com"))


@pytest.mark.parametrize(
    ("message", "account", "provider", "expected"),
    [
        (None, None, PLAIN, True),
        (None, None, FILES, False),
        (None, True, FILES, True),
        (None, False, PLAIN, False),
        (True, False, FILES, True),
        (False, True, PLAIN, False),
    ],
)
def test_the_message_decides_before_the_account_before_the_provider(
    message: bool | None, account: bool | None, provider: Provider, expected: bool
) -> None:
    assert copies(replace(IMAP, copy=account), provider, SendingPlan(copy=message)) is expected


@pytest.mark.parametrize(
    "settings", [AccountSettings(), AccountSettings(imap=ImapSettings(host="imap.example.com", disabled=True))]
)
def test_without_imap_there_is_no_copy_even_if_it_is_asked_for(settings: AccountSettings) -> None:
    assert not copies(replace(settings, copy=True), PLAIN, SendingPlan(copy=True))


def test_an_oauth2_account_without_servers_has_imap() -> None:
    assert copies(AccountSettings(oauth2=OAuth2Settings("app")), PLAIN, NO_PLAN)


@pytest.mark.parametrize(
    "who", [OAuth2User("me@example.com", delegated_user="us@example.com"), OAuth2User(delegated_account="lender")]
)
def test_the_provider_stores_a_delegates_copy_elsewhere(who: OAuth2User) -> None:
    shared = AccountSettings(oauth2=OAuth2Settings("outlook", auth=who))
    assert not is_filed_by_provider(shared, FILES)
    assert copies(shared, FILES, NO_PLAN)


def test_the_provider_stores_the_copy_of_an_own_mailbox() -> None:
    own = AccountSettings(oauth2=OAuth2Settings("outlook", auth=OAuth2User("me@example.com")))
    assert is_filed_by_provider(own, FILES)
    assert not copies(own, FILES, NO_PLAN)


def test_the_folder_is_the_messages_then_the_accounts_then_the_role() -> None:
    chosen = AccountSettings(imap=ImapSettings(sent_mail_path="Gesendet"))
    assert sent_folder(chosen, SendingPlan(sent_folder="Projects/Out")) == "Projects/Out"
    assert sent_folder(chosen, NO_PLAN) == "Gesendet"
    assert sent_folder(IMAP, NO_PLAN) == "\\Sent"
    assert sent_folder(AccountSettings(oauth2=OAuth2Settings("app")), NO_PLAN) == "\\Sent"
