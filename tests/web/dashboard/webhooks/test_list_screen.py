"""The list of endpoints: health, what waits, the last answer."""

from __future__ import annotations

import pytest

from postroom.web.dashboard.webhooks import list_screen
from postroom.webhooks import retry
from postroom.webhooks.endpoints.change import EndpointChange
from tests.fakes.webhook_receiver import respond
from tests.web.dashboard.visits import HOSTILE, text_of, visit
from tests.web.dashboard.webhooks.posting import Posting


async def shown(posting: Posting, *, part: bool = False) -> str:
    return text_of(await list_screen.show(posting.desk, visit("/dashboard/webhooks", part=part)))


async def test_each_kind_of_endpoint_is_listed(posting: Posting) -> None:
    endpoint = await posting.add(EndpointChange(description=HOSTILE))
    await posting.house.add_account("cyd", webhooks=posting.receiver.url_for("/own"))
    async with posting.house.delivering():
        await posting.house.announce_numbers("cyd", 1)
        await posting.house.wait_for_states("delivered", "delivered")
    text = await shown(posting)
    for name in ("global", "account:cyd", endpoint):
        assert f'data-endpoint="{name}"' in text
    assert "<script>alert" not in text
    assert 'action="/dashboard/webhooks/account%3Acyd/test"' in text
    assert "none yet" in text
    assert "<html" not in await shown(posting, part=True)


async def test_an_endpoint_that_fails_says_since_when_and_what_was_answered(
    posting: Posting, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One event shows whether the receiver works again. The first retry is after five seconds.
    monkeypatch.setattr(retry, "SCHEDULE", (0.05, *retry.SCHEDULE[1:]))
    posting.receiver.answer_with(respond(500, HOSTILE.encode()))
    async with posting.house.delivering():
        await posting.house.announce_numbers("anna", 1, 2)
        await posting.receiver.wait_for_count(2)
    text = await shown(posting)
    assert "500 Internal Server Error" in text
    assert "since" in text
    assert "<script>alert" not in text
    assert '<td class="number" data-label="Waiting"><span>2</span>' in text


async def test_webhooks_that_are_off_are_announced(posting: Posting) -> None:
    assert "Webhooks are switched off" not in await shown(posting)
    await posting.desk.runtime.update({"webhooksEnabled": False})
    assert "Webhooks are switched off" in await shown(posting)
