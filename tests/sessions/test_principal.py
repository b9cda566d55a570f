"""Who signs in: what is kept of prepared credentials, and when a refused token may be replaced."""

from __future__ import annotations

from typing import Any

from postroom.credentials.access_tokens import Prepared
from postroom.sessions.principal import Principal

SETTINGS = {"oauth2": {"accessToken": "old"}}


class Tokens:
    """Gives whatever it is told to, and notes what was asked."""

    def __init__(self, **more: Any) -> None:
        self.more = more
        self.asked: list[tuple[str, str | None]] = []

    async def prepare(self, full: dict[str, Any], *, protocol: str, refused: str | None) -> Prepared:
        self.asked.append((protocol, refused))
        token = "new" if refused else full["oauth2"]["accessToken"]
        return Prepared({"oauth2": {"accessToken": token}}, **self.more)


async def test_without_a_way_to_credentials_those_of_the_settings_count() -> None:
    who = Principal(SETTINGS)
    assert (await who.prepared("imap")).document is SETTINGS
    assert not who.may_replace


async def test_secrets_are_opened_once_and_not_before_they_are_needed() -> None:
    opened: list[int] = []

    def unseal() -> dict[str, Any]:
        opened.append(1)
        return {"oauth2": {"accessToken": "unsealed"}}

    who = Principal({"oauth2": {"accessToken": "******"}}, unseal=unseal)
    assert (opened, who.document["oauth2"]["accessToken"]) == ([], "******")
    await who.prepared("imap")
    await who.prepared("smtp")
    assert (opened, who.document["oauth2"]["accessToken"]) == ([1], "unsealed")


async def test_a_token_is_replaced_once_until_a_sign_in_works() -> None:
    tokens = Tokens(renewable=True)
    who = Principal(SETTINGS, tokens.prepare)
    await who.prepared("imap")
    assert who.may_replace
    await who.prepared("imap", "old")
    assert (who.may_replace, who.document) == (False, {"oauth2": {"accessToken": "new"}})
    who.signed_in()
    assert (who.may_replace, who.met) == (True, True)
    assert tokens.asked == [("imap", None), ("imap", "old")]


async def test_lent_credentials_are_not_kept() -> None:
    who = Principal(SETTINGS, Tokens(renewable=True, lent=True).prepare)
    assert (await who.prepared("imap", "old")).document["oauth2"]["accessToken"] == "new"
    assert who.document is SETTINGS


async def test_refusals_of_further_connections_are_their_own() -> None:
    who = Principal(SETTINGS, Tokens(renewable=True).prepare, account="a")
    await who.prepared("imap")
    who.signed_in()
    other = who.beside()
    await other.prepared("imap", "old")
    assert (other.account, other.met, other.may_replace, who.may_replace) == ("a", True, False, True)
    assert who.document == SETTINGS
