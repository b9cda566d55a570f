"""The outbox: what is listed, what is counted, and what holds it."""

from __future__ import annotations

from postroom.web.dashboard.desk import Desk
from postroom.web.dashboard.outbox import list_screen
from tests.submission.messages import add_account
from tests.web.dashboard.desk_site import BOX
from tests.web.dashboard.outbox.conftest import Sending
from tests.web.dashboard.visits import HOSTILE, text_of, visit


async def shown(desk: Desk, *, part: bool = False, **query: str) -> str:
    answer = await list_screen.show(desk, visit(query=query, part=part))
    assert answer.status_code == 200
    return text_of(answer)


async def test_an_empty_outbox_says_so(desk: Desk) -> None:
    assert "No message was submitted yet" in await shown(desk)
    assert "No message matches" in await shown(desk, state="failed")


async def test_messages_are_listed_by_state_and_account(desk: Desk, sending: Sending) -> None:
    await add_account(desk.accounts.db, "bert", box=BOX)
    states = ("queued", "sending", "sent", "failed", "unknown", "cancelled")
    ids = {state: await sending.submit(state=state) for state in states}
    ids["retrying"] = await sending.submit()
    await sending.change(ids["retrying"], attempts=2)
    others = await sending.submit("bert")
    text = await shown(desk)
    for queue_id in (*ids.values(), others):
        assert f'href="/dashboard/outbox/{queue_id}"' in text
    assert "Waiting for retry" in text
    for view, queue_id in ids.items():
        text = await shown(desk, state=view, account="anna")
        assert text.count("data-message=") == 1
        assert queue_id in text
    assert (await shown(desk, account="bert")).count("data-message=") == 1


async def test_it_is_counted(desk: Desk, sending: Sending) -> None:
    await sending.submit(state="unknown")
    text = await shown(desk)
    assert 'class="figure tone-bad" href="/dashboard/outbox?state=unknown"' in text


async def test_a_pause_is_told_and_can_be_ended(desk: Desk, sending: Sending) -> None:
    await sending.submit()
    assert "Pause sending…" in await shown(desk)
    await desk.outbox.pause_all(is_paused=True)
    text = await shown(desk)
    assert text.count("All sending is paused.") == 2, "above, and at the message"
    assert "Resume sending" in text


async def test_pages_lead_on(desk: Desk, sending: Sending) -> None:
    for _ in range(51):
        await sending.submit()
    text = await shown(desk)
    assert "1–50 of 51" in text
    assert 'href="/dashboard/outbox?page=2"' in text
    assert "51–51 of 51" in await shown(desk, page="2")
    assert "No message matches" in await shown(desk, page="9" * 5000)


async def test_it_is_loaded_again_as_a_part(desk: Desk, sending: Sending) -> None:
    await sending.submit()
    text = await shown(desk, part=True, state="queued")
    assert "<html" not in text
    assert 'hx-get="/dashboard/outbox?state=queued"' in text


async def test_hostile_words_stay_words(desk: Desk, sending: Sending) -> None:
    await sending.submit("anna", f"{HOSTILE}@x", subject=f"{HOSTILE}\r\n\u202e")
    for text in (await shown(desk), await shown(desk, account=HOSTILE, state=HOSTILE)):
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "\u202e" not in text
