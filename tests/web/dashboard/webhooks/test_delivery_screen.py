"""One delivery: what was sent, what was answered, and sending it again."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
import sqlalchemy as sa

from postroom.storage.tables import events
from postroom.web.dashboard.webhooks import delivery_screen
from postroom.webhooks.model import DeliveryNotFound
from tests.fakes.webhook_receiver import respond
from tests.web.dashboard.visits import HOSTILE, gone_to, text_of, visit
from tests.web.dashboard.webhooks.posting import Posting


async def shown(posting: Posting, number: int, *, part: bool = False) -> str:
    return text_of(await delivery_screen.show(posting.desk, visit(part=part, delivery=str(number))))


async def test_a_delivery_that_arrived(posting: Posting) -> None:
    (number,) = await posting.delivered(1)
    text = await shown(posting, number)
    assert 'data-state="delivered"' in text
    assert 'data-try="1"' in text
    assert "webhook-signature: v1," in text
    assert "X-EE-Wh-Signature" in text
    assert "&#34;number&#34;: 1" in text
    assert "the service secret" not in text
    assert "hx-trigger" not in text.split('id="now"')[1].split(">")[0], "what has ended is not looked at again"
    assert "<html" not in await shown(posting, number, part=True)


async def test_what_a_hostile_receiver_answers_is_text(posting: Posting) -> None:
    posting.receiver.answer_with(respond(500, HOSTILE.encode() + b"\x1b]0;x\x07\x00" + b"y" * 1_000_000))
    async with posting.house.delivering():
        await posting.house.announce_numbers("anna", 1)
        await posting.receiver.wait_for_count(1)
    (row,) = await posting.house.rows()
    text = await shown(posting, row.id)
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text
    assert not {"\x1b", "\x00", "\x07"} & set(text)
    assert len(text) < 40_000
    assert "Attempt 1 failed." in text
    assert "data-countdown" in text
    assert "hx-trigger" in text.split('id="now"')[1].split(">")[0]


async def test_replay_and_what_cannot_be_replayed(posting: Posting) -> None:
    (number,) = await posting.delivered(1)
    answer = await delivery_screen.replay(posting.desk, visit(form={}, delivery=str(number)))
    assert gone_to(answer) == f"/dashboard/deliveries/{number}"
    assert await posting.house.states() == ["pending"]
    assert 'http-equiv="refresh"' in await shown(posting, number), "without scripts the page loads itself again"
    await posting.desk.runtime.update({"webhooksEnabled": False})
    refused = await delivery_screen.replay(posting.desk, visit(form={}, delivery=str(number)))
    assert "wait:Webhooks are switched off" in unquote(refused.headers["set-cookie"])
    await posting.desk.runtime.update({"webhooksEnabled": True})
    await posting.site.db.write(lambda conn: conn.execute(sa.delete(events)) and None)
    gone = await delivery_screen.replay(posting.desk, visit(form={}, delivery=str(number)))
    assert "wait:Its event is no longer kept" in unquote(gone.headers["set-cookie"])
    assert "Its event is no longer kept" in await shown(posting, number)


@pytest.mark.parametrize("number", ["none", "0", "9" * 30, "-1"])
async def test_an_unknown_delivery_is_not_found(posting: Posting, number: str) -> None:
    for screen in (delivery_screen.show, delivery_screen.replay):
        with pytest.raises(DeliveryNotFound):
            await screen(posting.desk, visit(form={}, delivery=number))
