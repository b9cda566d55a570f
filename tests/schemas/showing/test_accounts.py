"""What the API makes of stored rows, where no route test looks."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.accounts.lifecycle import State
from postroom.accounts.model import AccountView
from postroom.schemas.showing.accounts import account
from tests.api.conftest import IMAP, Client


async def shown_server(client: Client, server: dict[str, Any] | None, **imap: Any) -> Any:
    """Show a registered account as if its mail server had told this of itself."""
    await client.register("someone", imap={**IMAP, **imap})
    view = await client.api.accounts.get("someone")
    given = {name: getattr(view, name) for name in AccountView.__slots__} | {"server": server}
    return account(AccountView(**given))["server"]


async def test_nothing_is_known_of_a_server_before_the_first_sign_in(client: Client) -> None:
    assert await shown_server(client, None) is None


@pytest.mark.parametrize(
    ("host", "server", "names"),
    [
        ("imap.mail.me.com", {"greeting": "ready"}, ["iCloud Mail"]),
        ("mail.example.com", {"greeting": "Dovecot ready."}, ["Dovecot"]),
        ("mail.example.com", {"capabilities": ["IMAP4REV1", "X-GM-EXT-1"]}, ["Gmail"]),
        ("mail.example.com", {"id": {"name": "Coremail"}}, ["NetEase 163"]),
        ("mail.example.com", {"greeting": "ready", "id": {"vendor": "Example"}}, []),
    ],
)
async def test_the_profiles_that_fit_are_named_with_what_they_do(
    client: Client, host: str, server: dict[str, Any], names: list[str]
) -> None:
    shown = await shown_server(client, server, host=host)
    assert [quirk["name"] for quirk in shown.pop("quirks")] == names
    assert shown == server


async def test_effects_are_sentences(client: Client) -> None:
    shown = await shown_server(client, {"greeting": "ready"}, host="imap.mail.me.com")
    assert shown["quirks"][0]["effects"][0] == "QRESYNC is taken as not offered."


async def test_extra_connections_are_shown_beside_a_live_first_one_only(client: Client) -> None:
    await client.register("someone")
    view = await client.api.accounts.get("someone")
    sync = {"folders": {"done": 1, "total": 1}, "unknown": ["Bills"], "subconnections": [{"path": "Work"}]}
    given = {name: getattr(view, name) for name in AccountView.__slots__} | {"sync": sync}
    live = given | {"row": view.row._replace(state=State.CONNECTED)}
    assert account(AccountView(**live))["sync"] == sync
    assert account(AccountView(**given))["sync"] == {name: sync[name] for name in ("folders", "unknown")}
