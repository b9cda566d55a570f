"""Who signs in: what is kept of prepared credentials, and when a refused token may be replaced."""

from __future__ import annotations

from typing import Any

from postroom.accounts.settings.secret import Secret
from postroom.accounts.settings.values import AccountSettings, OAuth2Settings
from postroom.credentials.access_tokens import Prepared
from postroom.sessions.principal import Principal


def holding(token: str) -> AccountSettings:
    return AccountSettings(oauth2=OAuth2Settings(access_token=Secret(token)))


SETTINGS = holding("old")


OLD = Secret("old")


class Tokens:
    """Gives whatever it is told to, and notes what was asked."""

    def __init__(self, **more: Any) -> None:
        self.more = more
        self.asked: list[tuple[str, Secret | None]] = []

    async def prepare(self, settings: AccountSettings, *, protocol: str, refused: Secret | None) -> Prepared:
        self.asked.append((protocol, refused))
        return Prepared(holding("new") if refused else settings, **self.more)


async def test_without_a_way_to_credentials_those_of_the_settings_count() -> None:
    who = Principal(SETTINGS)
    assert (await who.prepared("imap")).settings is SETTINGS
    assert not who.may_replace


async def test_secrets_are_opened_once_and_not_before_they_are_needed() -> None:
    opened: list[int] = []

    def unseal() -> AccountSettings:
        opened.append(1)
        return holding("unsealed")

    who = Principal(holding("******"), unseal=unseal)
    assert (opened, who.settings) == ([], holding("******"))
    await who.prepared("imap")
    await who.prepared("smtp")
    assert (opened, who.settings) == ([1], holding("unsealed"))


async def test_a_token_is_replaced_once_until_a_sign_in_works() -> None:
    tokens = Tokens(renewable=True)
    who = Principal(SETTINGS, tokens.prepare)
    await who.prepared("imap")
    assert who.may_replace
    await who.prepared("imap", OLD)
    assert (who.may_replace, who.settings) == (False, holding("new"))
    who.signed_in()
    assert (who.may_replace, who.met) == (True, True)
    assert tokens.asked == [("imap", None), ("imap", OLD)]


async def test_lent_credentials_are_not_kept() -> None:
    who = Principal(SETTINGS, Tokens(renewable=True, lent=True).prepare)
    assert (await who.prepared("imap", OLD)).settings == holding("new")
    assert who.settings is SETTINGS


async def test_refusals_of_further_connections_are_their_own() -> None:
    who = Principal(SETTINGS, Tokens(renewable=True).prepare, account="a")
    await who.prepared("imap")
    who.signed_in()
    other = who.beside()
    await other.prepared("imap", OLD)
    assert (other.account, other.met, other.may_replace, who.may_replace) == ("a", True, False, True)
    assert who.settings == SETTINGS
