"""The overview as people without JavaScript get it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from postroom.accounts.lifecycle import State
from postroom.attention.meanings import MEANINGS
from postroom.clock import now_ms
from postroom.connections.failure_rules import RULES
from postroom.storage.schema.admins import admin_sessions
from postroom.storage.schema.counting import counted_minutes
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import deliveries
from postroom.web.dashboard.overview import screen
from tests.web.dashboard.overview.conftest import Installation
from tests.web.dashboard.visits import HOSTILE

APP_PASSWORD = next(rule.advice for rule in RULES if "5.7.9" in rule.codes)
REFUSED = {"serverResponseCode": "ALERT", "advice": APP_PASSWORD, "response": "[ALERT] app password"}


async def seen(installation: Installation, **headers: str) -> str:
    async with installation.site.operator() as person:
        answer = await person.open("/", **headers)
        assert answer.status == 200, answer.text
        return answer.text


async def test_an_empty_installation_says_how_to_begin(installation: Installation) -> None:
    await installation.join()
    text = await seen(installation)
    assert "Welcome to Postroom" in text
    assert 'href="/dashboard/accounts/add"' in text
    assert "Nothing needs you" not in text


async def test_where_all_is_well_that_is_said(installation: Installation) -> None:
    await installation.join()
    await installation.add("ada")
    text = await seen(installation)
    assert "Nothing needs you" in text
    assert "The only account is connected." in text


async def test_refused_accounts_are_told_by_provider_with_the_cure_and_the_way(installation: Installation) -> None:
    await installation.join()
    for name in ("ada", "bob"):
        await installation.add(name, state=State.AUTHENTICATION_ERROR, error=REFUSED, host="imap.gmail.com")
    text = await seen(installation)
    assert "1 thing needs you" in text
    assert "2 accounts at Gmail want an app password" in text
    assert "2-Step Verification" in text
    assert "/dashboard/accounts?state=authenticationError&amp;provider=Gmail" in text
    assert "<title>(1 to do) Overview" in text


async def test_the_link_leads_to_just_these_accounts(installation: Installation) -> None:
    await installation.add("ada", state=State.AUTHENTICATION_ERROR, error=REFUSED, host="imap.gmail.com")
    await installation.add("bob", state=State.AUTHENTICATION_ERROR, error=REFUSED, host="imap.example.com")
    async with installation.site.operator() as person:
        answer = await person.open("/dashboard/accounts?state=authenticationError&provider=Gmail")
    assert 'data-account="ada"' in answer.text
    assert 'data-account="bob"' not in answer.text


async def test_words_of_servers_stay_words(installation: Installation) -> None:
    error = {"serverResponseCode": HOSTILE, "advice": HOSTILE, "response": HOSTILE}
    await installation.add(HOSTILE, state=State.CONNECT_ERROR, error=error, kind="authentication", host=HOSTILE)
    text = await seen(installation)
    assert "alert(1)" in text
    assert "<script>alert" not in text
    assert "<img" not in text


async def ten_needs(installation: Installation) -> None:
    lasting = [code for code, meaning in MEANINGS.items() if not meaning.passes]
    for at, code in enumerate(lasting[:10]):
        error = {**REFUSED, "advice": f"Do {at}.", "serverResponseCode": code}
        await installation.add(f"a{at}", state=State.AUTHENTICATION_ERROR, error=error)


async def test_so_many_needs_that_nobody_reads_them_are_counted(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of ten megabytes came every second where ten thousand accounts failed, each for a reason of its own."""
    monkeypatch.setattr(screen, "_MOST", 9)
    await ten_needs(installation)
    text = await seen(installation)
    assert "11 things need you" in text
    assert "<summary>3 more</summary>" in text
    assert text.count('class="need tone-bad"') == 9
    assert "because they are less urgent: 2." in text


async def test_more_than_a_few_needs_open_below(installation: Installation) -> None:
    await ten_needs(installation)
    text = await seen(installation)
    # Ten accounts, and that no node runs.
    assert "<summary>3 more</summary>" in text
    assert text.count('class="need tone-bad"') == 11


async def test_htmx_gets_the_part_with_a_title_for_the_tab(installation: Installation) -> None:
    text = await seen(installation, **{"hx-request": "true"})
    assert text.lstrip().startswith("<title>")
    assert "<html" not in text


async def test_the_figures_of_the_last_hour(installation: Installation) -> None:
    await installation.join()
    minute = now_ms() // 60_000 * 60_000 - 60_000
    counts = [
        {"minute": minute, "name": "events:messageNew", "number": 1234},
        {"minute": minute, "name": "deliveries:retry", "number": 7},
    ]
    waits = {"endpoint": "global", "lane": 1, "account_key": 1, "account": "a", "type": "messageNew", "size": 1}

    def work(conn: Connection) -> None:
        conn.execute(sa.insert(counted_minutes), counts)
        conn.execute(sa.insert(deliveries), {**waits, "event_seq": 1, "created_at": now_ms() - 20 * 60_000})

    await installation.site.db.write(work)
    text = await seen(installation)
    assert "1,234 in an hour" in text
    assert "7 failed in an hour" in text
    assert "1 delivery waits" in text
    assert "20 min" in text


async def test_a_page_that_loads_itself_again_does_not_keep_its_session_alive(installation: Installation) -> None:
    sessions = installation.site.gateway.desk.sessions
    async with installation.site.operator() as person:
        long_ago = now_ms() - 3_600_000
        await installation.site.db.write(lambda conn: conn.execute(sa.update(admin_sessions).values(used_at=long_ago)))
        await person.open("/", **{"hx-request": "true"})
        assert [session.used_at for session in await sessions.all()] == [long_ago]
        await person.open("/")
        assert [session.used_at > long_ago for session in await sessions.all()] == [True]
