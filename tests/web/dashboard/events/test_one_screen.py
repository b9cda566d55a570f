"""One event: its payload, and what became of it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from postroom.events.model import EventNotFound
from postroom.storage.tables import events
from postroom.web.dashboard.events import one_screen
from postroom.webhooks.endpoints.change import EndpointChange
from tests.web.dashboard.visits import HOSTILE, text_of, visit
from tests.web.dashboard.webhooks.posting import Posting
from tests.webhooks.conftest import message


async def newest(posting: Posting) -> int:
    return int((await posting.house.rows(events))[-1].seq)


async def shown(posting: Posting, seq: int, *, part: bool = False) -> str:
    return text_of(await one_screen.show(posting.desk, visit(part=part, seq=str(seq))))


async def test_an_event_says_where_it_went_and_why_not(posting: Posting) -> None:
    await posting.add(EndpointChange(description=HOSTILE, events=("messageSent",)))
    await posting.delivered(1)
    text = await shown(posting, await newest(posting))
    assert 'data-fate="delivered"' in text
    assert 'data-fate="unwanted"' in text
    assert "It wants messageSent." in text
    assert "&#34;number&#34;: 1" in text
    assert "<script>alert" not in text
    assert "every 2s" not in text


async def test_a_fate_that_may_change_is_looked_at_again(posting: Posting) -> None:
    await posting.house.announce("anna", [message(subject=HOSTILE)])
    text = await shown(posting, await newest(posting), part=True)
    assert "every 2s" in text
    assert "<html" not in text
    assert "<script>alert" not in await shown(posting, await newest(posting))


async def test_an_event_that_is_gone(posting: Posting) -> None:
    await posting.delivered(1)
    seq = await newest(posting)
    await posting.site.db.write(lambda conn: conn.execute(sa.delete(events)) and None)
    assert "no longer kept" in await shown(posting, seq)
    for number in (str(seq + 1), "x", "9" * 30):
        with pytest.raises(EventNotFound):
            await one_screen.show(posting.desk, visit(seq=number))
