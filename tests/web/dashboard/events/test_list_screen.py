"""The log of events: newest first, backwards by number, filtered, and found by id."""

from __future__ import annotations

import pytest

from postroom.storage.tables import events
from postroom.web.dashboard.events import list_screen
from tests.web.dashboard.visits import HOSTILE, gone_to, text_of, visit
from tests.web.dashboard.webhooks.posting import Posting
from tests.webhooks.conftest import message


async def shown(posting: Posting, *, part: bool = False, **query: str) -> str:
    return text_of(await list_screen.show(posting.desk, visit(query=query, part=part)))


async def test_events_of_all_accounts_page_by_page(posting: Posting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_screen, "PAGE_SIZE", 2)
    await posting.house.announce_numbers("anna", 1, 2)
    await posting.house.announce_numbers("bert", 3)
    numbers = [row.seq for row in await posting.house.rows(events)]
    first = await shown(posting)
    assert [seq for seq in numbers if f'data-event="{seq}"' in first] == numbers[-2:]
    assert "topic=log" in first
    assert "sse:log" in first
    assert f'href="/dashboard/events?before={numbers[-2]}"' in first
    second = await shown(posting, before=str(numbers[-2]))
    assert [seq for seq in numbers if f'data-event="{seq}"' in second] == numbers[-4:-2]
    assert "sse-connect" not in second, "earlier events stay as they are"
    assert "There are none before this number" in await shown(posting, before="1")


async def test_filters(posting: Posting) -> None:
    await posting.house.announce_numbers("bert", 3)
    text = await shown(posting, account="bert", type="connectError")
    assert text.count("data-event=") == 1
    assert "topic=events%3Abert" in text
    assert "No event matches" in await shown(posting, account="nobody")
    assert "No event matches" in await shown(posting, type=HOSTILE)


async def test_words_of_strangers_are_text(posting: Posting) -> None:
    await posting.house.announce("anna", [message(subject=HOSTILE)])
    for part in (False, True):
        text = await shown(posting, part=part)
        assert "&lt;script&gt;alert(1)" in text
        assert "<script>alert" not in text


async def test_one_event_is_found_by_number_and_by_id(posting: Posting) -> None:
    await posting.house.announce_numbers("anna", 1)
    row = (await posting.house.rows(events))[-1]
    for asked in (str(row.seq), row.id, f" {row.id} "):
        found = await list_screen.find(posting.desk, visit(query={"event": asked}))
        assert gone_to(found) == f"/dashboard/events/{row.seq}"
    unknown = await list_screen.find(posting.desk, visit(query={"event": "no such id"}))
    assert gone_to(unknown) == "/dashboard/events"
