"""One endpoint: its buttons by kind, and its deliveries by result and type, page by page."""

from __future__ import annotations

import pytest

from postroom.configuration.keys import Header
from postroom.web.dashboard.webhooks import delivery_wish, one_screen
from postroom.webhooks.endpoints.change import EndpointChange
from postroom.webhooks.model import EndpointNotFound
from tests.web.dashboard.visits import HOSTILE, text_of, visit
from tests.web.dashboard.webhooks.posting import Posting


async def shown(posting: Posting, endpoint: str, *, part: bool = False, **query: str) -> str:
    return text_of(await one_screen.show(posting.desk, visit(query=query, part=part, endpoint=endpoint)))


async def test_an_endpoint_shows_what_it_wants_and_no_secret(posting: Posting) -> None:
    change = EndpointChange(
        description=HOSTILE, events=("messageNew",), accounts=(HOSTILE,), custom_headers=(Header("X-Key", "hidden!"),)
    )
    endpoint = await posting.add(change)
    text = await shown(posting, endpoint)
    assert "messageNew" in text
    assert "X-Key" in text
    assert "hidden!" not in text
    assert await posting.desk.webhooks.secret(endpoint) not in text
    assert "<script>alert" not in text
    for command in ("test", "pause", "delete", "rotate", "replay"):
        assert f"/dashboard/webhooks/{endpoint}/{command}" in text


async def test_a_target_in_the_settings_leads_there(posting: Posting) -> None:
    text = await shown(posting, "global")
    assert 'href="/dashboard/settings"' in text
    assert "/global/edit" not in text
    assert "/global/delete" not in text
    await posting.house.add_account("a/b", webhooks=posting.receiver.url)
    assert 'href="/dashboard/accounts/a%2Fb"' in await shown(posting, "account:a/b")


async def test_deliveries_are_filtered_and_paged(posting: Posting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_screen, "PAGE_SIZE", 2)
    assert delivery_wish.PAGE_SIZE > 2
    numbers = await posting.delivered(1, 2, 3)
    first = await shown(posting, "global", part=True)
    assert "<html" not in first
    assert [number for number in numbers if f'data-delivery="{number}"' in first] == numbers[1:]
    assert "1–2 of 3" in first
    second = await shown(posting, "global", page="2")
    assert [number for number in numbers if f'data-delivery="{number}"' in second] == numbers[:1]
    assert "No delivery matches" in await shown(posting, "global", state="dead")
    assert "No delivery matches" in await shown(posting, "global", event="messageNew")
    assert "1–2 of 3" in await shown(posting, "global", event="connectError", state="delivered")


async def test_an_unknown_endpoint_is_not_found(posting: Posting) -> None:
    with pytest.raises(EndpointNotFound):
        await shown(posting, "wh_none")
