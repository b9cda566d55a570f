"""One account on one page: its state and what to do, its events, folders, server and settings."""

from __future__ import annotations

import orjson
import pytest
import sqlalchemy as sa

from postroom.accounts.model import AccountNotFound
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import account_status, events, mailboxes, timeline
from postroom.storage.tables import accounts as table
from postroom.web.dashboard.accounts import one_screen
from postroom.web.dashboard.desk import Desk
from tests.accounts.bodies import PASSWORD, body
from tests.web.dashboard.visits import HOSTILE, text_of, visit

NAME = "a/b"
ERROR = {
    "response": HOSTILE,
    "serverResponseCode": HOSTILE,
    "phase": "login",
    "advice": "Send new credentials.",
    "description": HOSTILE,
}


def spoil(conn: Connection) -> None:
    """Have the server and senders of mail say hostile things wherever they can."""
    key = conn.execute(sa.select(table.c.key)).scalar_one()
    conn.execute(sa.update(table).values(state="authenticationError", failures=3, next_attempt=2_000_000_000_000))
    server = {"greeting": HOSTILE, "capabilities": [HOSTILE], "id": {"name": HOSTILE}, "tls": HOSTILE}
    sync = {"folders": {"done": 1, "total": 2}, "error": {"path": HOSTILE, "time": "", "error": HOSTILE}}
    conn.execute(sa.update(account_status).values(last_error=ERROR, server=server, sync=sync))
    line = {"account_key": key, "at": 5, "state": "authenticationError", "cause": HOSTILE, "attempt": 1}
    conn.execute(sa.insert(timeline), {**line, "detail": ERROR})
    folder = {
        "account_key": key,
        "path": HOSTILE,
        "attributes": [],
        "special_use": HOSTILE,
        "uidnext": 10,
        "scanned": 4,
    }
    conn.execute(sa.insert(mailboxes), folder)
    payload = {"path": HOSTILE, "data": {"subject": HOSTILE, "from": {"name": HOSTILE}}}
    event = {"account_key": key, "account": NAME, "account_seq": 99, "id": "x", "at": 5, "type": HOSTILE}
    conn.execute(sa.insert(events), {**event, "payload": orjson.dumps(payload).decode()})


@pytest.fixture
async def one(desk: Desk) -> Desk:
    """One account as it was registered."""
    await desk.accounts.register(NAME, body(metadata={"tenant": "7"}))
    return desk


async def shown(desk: Desk) -> str:
    return text_of(await one_screen.show(desk, visit(account=NAME)))


async def test_the_page_shows_what_is_known(one: Desk) -> None:
    text = await shown(one)
    assert "<h1>Anna Müller</h1>" in text
    assert "It waits to be connected" in text
    assert "registered" in text
    assert "imap.example.com:993" in text
    assert "imap.auth.user" in text
    assert "tenant" in text
    assert "accountAdded" in text
    assert "No folder is known yet" in text
    assert PASSWORD not in text
    assert "******" in text


async def test_every_button_belongs_to_this_account(one: Desk) -> None:
    text = await shown(one)
    for command in ("reconnect", "disconnect", "sync", "delete", "diagnosis"):
        assert f'action="/dashboard/accounts/a%2Fb/{command}"' in text
    assert 'href="/dashboard/accounts/a%2Fb/edit"' in text
    assert "a%2Fb/repair" not in text, "its sign-in is not refused"
    assert 'sse-connect="/dashboard/live?topic=account%3Aa%2Fb&amp;topic=events%3Aa%2Fb"' in text


async def test_a_failing_account_says_why_and_what_to_do(one: Desk) -> None:
    await one.accounts.db.write(spoil)
    text = await shown(one)
    assert "The server refuses the sign-in" in text
    assert "Send new credentials." in text
    assert "3 failures in a row" in text
    assert "data-countdown" in text
    assert 'href="/dashboard/accounts/a%2Fb/repair"' in text
    assert "44 %" in text, "how far the first scan of the folder has come"


async def test_hostile_texts_of_strangers_stay_text_everywhere(one: Desk) -> None:
    await one.accounts.db.write(spoil)
    for screen in (one_screen.show, one_screen.state, one_screen.folders, one_screen.events):
        text = text_of(await screen(one, visit(account=NAME, part=screen is not one_screen.show)))
        assert "&lt;script&gt;alert(1)" in text
        assert "<script>alert" not in text
        assert "<img src=x" not in text


async def test_parts_are_loaded_again_one_by_one(one: Desk) -> None:
    for screen, name in (
        (one_screen.state, "state"),
        (one_screen.folders, "folders"),
        (one_screen.events, "events"),
    ):
        text = text_of(await screen(one, visit(account=NAME, part=True)))
        assert f'id="{name}"' in text
        assert f'hx-get="/dashboard/accounts/a%2Fb/{name}"' in text
        assert "<html" not in text


async def test_a_busy_account_is_looked_at_while_it_works(one: Desk) -> None:
    def work(conn: Connection) -> None:
        conn.execute(sa.update(table).values(state="syncing"))
        sync = {"folders": {"done": 1, "total": 2}, "messages": {"done": 30, "total": 120}}
        conn.execute(sa.update(account_status).values(sync=sync))

    assert "every 2s" not in await shown(one)
    await one.accounts.db.write(work)
    text = await shown(one)
    assert text.count("every 2s") == 2
    assert "1 of 2 folders in sync, first reading: 30 of 120 messages" in text


async def test_a_part_of_a_megabyte_is_not_loaded_every_two_seconds(one: Desk) -> None:
    def work(conn: Connection) -> None:
        key = conn.execute(sa.update(table).values(state="syncing").returning(table.c.key)).scalar_one()
        rows = [{"account_key": key, "path": f"f{at}", "attributes": []} for at in range(250)]
        conn.execute(sa.insert(mailboxes), rows)

    await one.accounts.db.write(work)
    text = await shown(one)
    assert text.count("every 2s") == 1, "the state alone"
    assert "every 15s" in text


async def test_an_unknown_account_is_not_found(one: Desk) -> None:
    for page in one_screen.PAGES:
        with pytest.raises(AccountNotFound):
            await page.screen(one, visit(account="nobody"))
