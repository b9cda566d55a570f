"""The list: what it shows, what it is narrowed to, and that no name in it is more than text."""

from __future__ import annotations

import re
from typing import Any

import pytest

from postroom.accounts.bulk.model import BulkAction
from postroom.accounts.lifecycle import State
from postroom.accounts.model import ListQuery
from postroom.web.dashboard.accounts import list_screen
from postroom.web.dashboard.desk import Desk
from tests.accounts.bodies import PASSWORD, body, imap
from tests.accounts.rows import put_state
from tests.web.dashboard.visits import HOSTILE, text_of, visit


async def shown(desk: Desk, **query: str) -> str:
    return text_of(await list_screen.show(desk, visit("/dashboard/accounts", query=query)))


def listed(text: str) -> list[str]:
    return re.findall(r'data-account="([^"]*)"', text)


async def fill(desk: Desk, number: int, **fields: Any) -> None:
    for n in range(number):
        await desk.accounts.register(f"a{n:03}", body(name=f"Account {n}", **fields))


async def test_an_installation_without_accounts_says_how_to_begin(desk: Desk) -> None:
    text = await shown(desk)
    assert "No account is registered yet" in text
    assert text.count('href="/dashboard/accounts/add"') == 2
    assert 'name="action"' not in text


async def test_the_list_shows_accounts_and_leads_to_them(desk: Desk) -> None:
    await desk.accounts.register("a/b@c", body(email="x@y.example"))
    text = await shown(desk)
    assert listed(text) == ["a/b@c"]
    assert text.count('href="/dashboard/accounts/add"') == 1
    assert 'href="/dashboard/accounts/a%2Fb%40c"' in text
    assert "Anna Müller" in text
    assert "x@y.example" in text
    assert "Waiting to start" in text
    assert "imap.example.com" in text
    assert PASSWORD not in text


async def test_a_long_list_has_pages(desk: Desk) -> None:
    await fill(desk, 52)
    first, second = await shown(desk), await shown(desk, page="2")
    assert (len(listed(first)), listed(second)) == (50, ["a050", "a051"])
    assert "1–50 of 52" in first
    assert 'rel="next"' in first
    assert 'rel="prev"' not in first
    assert "51–52 of 52" in second
    assert 'rel="next"' not in second


async def test_filters_narrow_the_list(desk: Desk) -> None:
    await fill(desk, 3)
    await desk.accounts.register("gmail", body(imap={**imap(), "host": "imap.gmail.com"}, metadata={"tenant": "7"}))
    await put_state(desk.accounts.db, "a001", State.CONNECT_ERROR)
    await desk.accounts.disconnect("a002")
    assert listed(await shown(desk, health="failing")) == ["a001"]
    assert listed(await shown(desk, health="stopped")) == ["a002"]
    assert listed(await shown(desk, state="connectError")) == ["a001"]
    assert listed(await shown(desk, provider="Gmail")) == ["gmail"]
    assert listed(await shown(desk, metadata="tenant=7")) == ["gmail"]
    assert listed(await shown(desk, q="ACCOUNT 1")) == ["a001"]
    assert listed(await shown(desk, order="-account")) == ["gmail", "a002", "a001", "a000"]
    nothing = await shown(desk, provider="Nobody")
    assert "No account matches" in nothing
    assert "There are no accounts at Nobody." in nothing
    # What was chosen stays chosen.
    assert '<option value="Nobody" selected>' in nothing


async def test_the_numbers_of_each_health_stand_beside_the_list(desk: Desk) -> None:
    await fill(desk, 3)
    await put_state(desk.accounts.db, "a001", State.CONNECT_ERROR)
    tabs = re.findall(r'class="tab"[^>]*>(\w+)<span class="count">(\d+)', await shown(desk, health="failing"))
    assert tabs == [("All", "3"), ("Healthy", "2"), ("Recovering", "0"), ("Failing", "1"), ("Stopped", "0")]


async def test_only_the_list_is_loaded_again(desk: Desk) -> None:
    await fill(desk, 1)
    text = text_of(await list_screen.show(desk, visit("/dashboard/accounts", part=True)))
    assert text.lstrip().startswith('<div class="stack" id="found"')
    assert "<html" not in text
    assert "sse:accounts" in text


async def test_a_running_action_is_told_above_the_list(desk: Desk) -> None:
    await fill(desk, 2)
    job = await desk.bulk.begin(BulkAction.RECONNECT, ListQuery(), wish="all", by="admin")
    text = await shown(desk)
    assert "Reconnect: 0 of 2 accounts are dealt with" in text
    assert f'href="/dashboard/bulk/{job.id}"' in text
    await desk.bulk.stop(job.id)
    assert "are dealt with" not in await shown(desk)


async def test_the_error_of_an_account_is_told_in_its_line(desk: Desk) -> None:
    await fill(desk, 1)
    text = await shown(desk)
    assert "registered" in text, "why it waits"


@pytest.mark.parametrize("where", ["q", "provider", "metadata", "order", "state", "health"])
async def test_hostile_filters_stay_text(desk: Desk, where: str) -> None:
    await fill(desk, 1)
    text = await shown(desk, **{where: HOSTILE})
    assert "<script>alert" not in text
    assert "<img src=x" not in text


async def test_hostile_names_stay_text(desk: Desk) -> None:
    await desk.accounts.register(HOSTILE, body(name=HOSTILE, email="a@b.example", metadata={HOSTILE: HOSTILE}))
    text = await shown(desk)
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text
    assert "<img src=x" not in text


async def test_of_thousands_of_providers_the_largest_are_offered(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_screen, "_MOST_PROVIDERS", 2)
    for at, host in enumerate(("one.example", "two.example", "three.example", "two.example")):
        await desk.accounts.register(f"a{at}", body(imap={**imap(), "host": host}))
    text = await shown(desk)
    assert re.findall(r'<option value="(\w+\.example)"', text) == ["two.example", "one.example"]
    text = await shown(desk, provider="three.example")
    assert '<option value="three.example" selected>' in text
    assert listed(text) == ["a2"]
