"""The buttons of an endpoint do what the API does, and say what came of it."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from postroom.web.dashboard.webhooks import command_screen
from postroom.webhooks.history.history_store import Replayed
from postroom.webhooks.model import EndpointNotFound
from tests.fakes.webhook_receiver import respond
from tests.web.dashboard.visits import HOSTILE, gone_to, text_of, visit
from tests.web.dashboard.webhooks.posting import Posting


async def test_a_test_event_shows_the_answer_as_text(posting: Posting) -> None:
    endpoint = await posting.add()
    told = text_of(await command_screen.test(posting.desk, visit(form={}, endpoint=endpoint)))
    assert "The test event arrived" in told
    assert "<html" in told
    posting.receiver.answer_with(respond(500, HOSTILE.encode() + b"\x1b[31m" + b"x" * 1_000_000))
    told = text_of(await command_screen.test(posting.desk, visit(form={}, part=True, endpoint=endpoint)))
    assert "The test event did not arrive" in told
    assert "&lt;script&gt;alert(1)" in told
    assert "<script>alert" not in told
    assert "\x1b" not in told
    assert len(told) < 5000
    assert "<html" not in told


async def test_pause_and_enable(posting: Posting) -> None:
    endpoint = await posting.add()
    there = f"/dashboard/webhooks/{endpoint}"
    assert gone_to(await command_screen.pause(posting.desk, visit(form={}, endpoint=endpoint))) == there
    assert not (await posting.desk.webhooks.get(endpoint)).enabled
    assert gone_to(await command_screen.enable(posting.desk, visit(form={}, endpoint=endpoint))) == there
    assert (await posting.desk.webhooks.get(endpoint)).enabled
    await command_screen.pause(posting.desk, visit(form={}, endpoint="global"))
    assert not (await posting.desk.webhooks.get("global")).enabled


async def test_delete(posting: Posting) -> None:
    endpoint = await posting.add()
    assert (
        gone_to(await command_screen.delete(posting.desk, visit(form={}, endpoint=endpoint))) == "/dashboard/webhooks"
    )
    for screen in command_screen.PAGES:
        form = {"since": "2026-01-31T12:00"}
        with pytest.raises(EndpointNotFound):
            await screen.screen(posting.desk, visit(form=form, endpoint=endpoint))


async def test_a_new_secret_is_shown_once(posting: Posting) -> None:
    endpoint = await posting.add()
    before = await posting.desk.webhooks.secret(endpoint)
    answer = await command_screen.rotate(posting.desk, visit(form={"overlap": "3600"}, endpoint=endpoint))
    after = await posting.desk.webhooks.secret(endpoint)
    assert after != before
    assert after in text_of(answer)
    assert before not in text_of(answer)
    assert "1 h" in text_of(answer)
    for wrong in ("9" * 12, "9" * 5000, "-1", "1.5", "an hour", "\ufffd"):
        refused = await command_screen.rotate(posting.desk, visit(form={"overlap": wrong}, endpoint=endpoint))
        assert refused.status_code == 400, wrong
        assert 'id="overlap-problem"' in text_of(refused), wrong
    assert await posting.desk.webhooks.secret(endpoint) == after


async def test_events_since_a_time_are_sent_again(posting: Posting) -> None:
    await posting.delivered(1, 2)
    form = {"since": "2020-01-31T12:00", "account": "anna"}
    ticked = {"types": ["connectError"]}
    answer = await command_screen.replay(posting.desk, visit(form=form, ticked=ticked, endpoint="global"))
    assert gone_to(answer) == "/dashboard/webhooks/global"
    assert "ok:2 events were queued again" in unquote(answer.headers["set-cookie"])
    assert (await posting.house.states()).count("pending") == 2
    nothing = await command_screen.replay(posting.desk, visit(form=form, ticked=ticked, endpoint="global"))
    assert "wait:No event was queued again" in unquote(nothing.headers["set-cookie"])


async def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(posting: Posting) -> None:
    form = {"since": "yesterday", "account": "the-account"}
    answer = await command_screen.replay(posting.desk, visit(form=form, ticked={"types": [HOSTILE]}, endpoint="global"))
    text = text_of(answer)
    assert answer.status_code == 400
    for field in ("since", "types"):
        assert f'id="{field}-problem"' in text
    assert "yesterday" in text
    assert "the-account" in text
    assert "<script>alert" not in text


async def test_what_cannot_be_sent_is_said(posting: Posting) -> None:
    await posting.desk.runtime.update({"webhooksEnabled": False})
    answer = await command_screen.replay(posting.desk, visit(form={"since": "2020-01-31T12:00"}, endpoint="global"))
    assert "wait:Webhooks are switched off" in unquote(answer.headers["set-cookie"])


async def test_a_replay_that_was_cut_short_can_be_continued(posting: Posting, monkeypatch: pytest.MonkeyPatch) -> None:
    async def cut(*_: object) -> Replayed:
        return Replayed(3, 42, complete=False)

    monkeypatch.setattr(type(posting.desk.deliveries), "replay_since", cut)
    answer = await command_screen.replay(posting.desk, visit(form={"since": "2020-01-31T12:00"}, endpoint="global"))
    assert answer.status_code == 503
    assert 'name="after" value="42"' in text_of(answer)
    assert "3 events were queued" in text_of(answer)
