"""What the API makes of stored rows, where no route test looks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from postroom.accounts.known.server_told import ServerTold
from postroom.accounts.known.sync_told import SyncTold
from postroom.accounts.lifecycle import State
from postroom.schemas.showing.accounts import account
from tests.api.conftest import IMAP, Client


async def shown_server(client: Client, server: dict[str, Any] | None, **imap: Any) -> Any:
    """Show a registered account as if its mail server had told this of itself."""
    await client.register("someone", imap={**IMAP, **imap})
    view = await client.api.accounts.get("someone")
    told = None if server is None else ServerTold.of_row(server)
    return account(replace(view, server=told))["server"]


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
    assert shown == {"greeting": "", "capabilities": ()} | server


async def test_effects_are_sentences(client: Client) -> None:
    shown = await shown_server(client, {"greeting": "ready"}, host="imap.mail.me.com")
    assert shown["quirks"][0]["effects"][0] == "QRESYNC is taken as not offered."


async def test_extra_connections_are_shown_beside_a_live_first_one_only(client: Client) -> None:
    await client.register("someone")
    view = await client.api.accounts.get("someone")
    sync: dict[str, Any] = {
        "folders": {"done": 1, "total": 1},
        "messages": {"done": 0, "total": 0},
        "unknown": ("Bills",),
        "subconnections": [{"path": "Work", "state": "connected", "lastError": None, "nextAttempt": None}],
    }
    other = replace(view, sync=SyncTold.of_row(sync))
    live = replace(other, row=view.row._replace(state=State.CONNECTED))
    assert account(live)["sync"] == sync
    del sync["subconnections"]
    assert account(other)["sync"] == sync


async def test_the_error_with_a_folder_stands_beside_the_sync(client: Client) -> None:
    await client.register("someone")
    view = await client.api.accounts.get("someone")
    error = {"path": "Work", "time": "2026-01-31T12:00:00.000Z", "error": "no"}
    shown = account(replace(view, sync=SyncTold.of_row({"error": error})))
    assert shown["syncError"] == error
    assert "error" not in str(shown["sync"])
