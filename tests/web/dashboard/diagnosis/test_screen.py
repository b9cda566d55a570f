"""A diagnosis is shown while it runs, against real sockets, and ends with the visitor."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from postroom.accounts.model import AccountNotFound
from postroom.web.dashboard.desk import Desk
from postroom.web.dashboard.diagnosis import screen as diagnosis_screen
from postroom.web.dashboard.growing import GrowingPage
from tests.accounts.bodies import body
from tests.fakes.imap_server import FakeImapServer, refuse_login
from tests.fakes.waiting import eventually
from tests.web.dashboard.visits import HOSTILE, visit

SECRET = "a very secret word"


async def begun(desk: Desk, server: FakeImapServer, name: str = "a") -> GrowingPage:
    auth = {"user": "jo", "pass": SECRET}
    block = {"host": server.host, "port": server.port, "secure": False, "auth": auth}
    await desk.accounts.register(name, body(name=HOSTILE, imap=block))
    response = await diagnosis_screen.examine(desk, visit(form={}, account=name))
    assert isinstance(response, GrowingPage)
    return response


async def sent(response: GrowingPage) -> list[str]:
    """Every piece of the page, as it is sent."""
    pieces: list[str] = []

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body" and message["body"]:
            pieces.append(message["body"].decode())

    async with asyncio.timeout(60):
        await response({"type": "http"}, asyncio.Event().wait, send)  # type: ignore[arg-type]
    return pieces


async def test_the_page_grows_by_a_line_for_each_step(desk: Desk) -> None:
    async with FakeImapServer(password=SECRET) as server:
        pieces = await sent(await begun(desk, server))
    assert "<html" in pieces[0]
    assert '<ol class="steps"' in pieces[0]
    assert "<li" not in pieces[0].partition('<ol class="steps"')[2], "the head comes before any step has ended"
    steps = [piece for piece in pieces if "data-step=" in piece]
    assert len(steps) >= 4
    assert any('data-step="IMAP Sign-in"' in step for step in steps)
    assert "Everything works." in pieces[-2]
    assert pieces[-1].rstrip().endswith("</html>")


async def test_a_refused_sign_in_ends_with_advice_and_without_the_secret(desk: Desk) -> None:
    async with FakeImapServer() as server:
        server.behave(refuse_login(text=HOSTILE))
        text = "".join(await sent(await begun(desk, server)))
    assert "the sign-in fails" in text
    assert SECRET not in text
    assert "<script>alert" not in text
    assert "\0" not in text


async def test_an_unknown_account_is_not_examined(desk: Desk) -> None:
    with pytest.raises(AccountNotFound):
        await diagnosis_screen.examine(desk, visit(form={}, account="nobody"))


async def test_nothing_goes_on_when_the_visitor_leaves(desk: Desk) -> None:
    """The browser is closed in the middle of it."""
    async with FakeImapServer(password=SECRET) as server:
        response = await begun(desk, server)
        before = asyncio.all_tasks()
        first = asyncio.Event()

        async def send(message: Any) -> None:
            if message.get("body"):
                first.set()

        async def receive() -> Any:
            await first.wait()
            return {"type": "http.disconnect"}

        async with asyncio.timeout(60):
            await response({"type": "http"}, receive, send)
        await eventually(lambda: not {task for task in asyncio.all_tasks() - before if "diagnosis" in task.get_name()})
