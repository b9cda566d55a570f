"""A sign-in is repaired: the new password is tried before it is stored, and a consent begins for the same person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from postroom.accounts.lifecycle import State
from postroom.accounts.settings.writing import document_of
from postroom.web.dashboard.desk import Desk
from postroom.web.dashboard.editing import repair_screen
from tests.accounts.bodies import body, oauth2_body
from tests.accounts.rows import column, put_state
from tests.fakes.imap_server import FakeImapServer, refuse_login
from tests.fakes.openid_provider import OpenIdProvider
from tests.fakes.smtp_server import FakeSmtpServer
from tests.web.dashboard.adding.forms import USER, fields_of
from tests.web.dashboard.visits import HOSTILE, gone_to, text_of, visit

OLD, NEW = "the old word", "the new word"


@pytest.fixture
async def imap() -> AsyncIterator[FakeImapServer]:
    async with FakeImapServer(password=NEW) as server:
        yield server


@pytest.fixture
async def smtp() -> AsyncIterator[FakeSmtpServer]:
    async with FakeSmtpServer(password=NEW) as server:
        yield server


def at(server: FakeImapServer | FakeSmtpServer, password: str = OLD) -> dict[str, Any]:
    auth = {"user": USER, "pass": password}
    return {"host": server.host, "port": server.port, "secure": False, "auth": auth, "tls": {"allowPlaintext": True}}


async def pressed(desk: Desk, **form: str) -> Any:
    return await repair_screen.go_on(desk, visit(form={"step": "try", **form}, account="a"))


async def passwords(desk: Desk) -> tuple[str, ...]:
    stored = document_of(await desk.accounts.preview("a", {}))
    return tuple(stored[name]["auth"]["pass"] for name in ("imap", "smtp") if name in stored)


async def test_a_password_that_works_is_stored_for_both_servers(
    desk: Desk, imap: FakeImapServer, smtp: FakeSmtpServer
) -> None:
    await desk.accounts.register("a", body(imap=at(imap), smtp=at(smtp)))
    await put_state(desk.accounts.db, "a", State.AUTHENTICATION_ERROR)
    page = text_of(await repair_screen.show(desk, visit(account="a")))
    assert 'name="imap.auth.pass"' in page
    assert 'name="smtp.auth.pass"' not in page
    answer = await pressed(desk, **{"imap.auth.pass": NEW})
    assert gone_to(answer) == "/dashboard/accounts/a"
    assert await passwords(desk) == (NEW, NEW)
    assert await column(desk.accounts.db, "a", "revision") == 2


async def test_a_password_that_fails_is_not_stored_but_may_be(desk: Desk, imap: FakeImapServer) -> None:
    imap.behave(refuse_login(text=HOSTILE))
    await desk.accounts.register("a", body(imap=at(imap)))
    page = text_of(await pressed(desk, **{"imap.auth.pass": "wrong-word"}))
    assert "It does not work yet" in page
    assert "alert(1)" in page
    assert "<script>alert" not in page
    assert "wrong-word" not in page
    assert await passwords(desk) == (OLD,)
    # The page keeps it, for somebody who knows that the server is wrong.
    gone_to(await pressed(desk, **fields_of(page) | {"step": "anyway"}))
    assert await passwords(desk) == ("wrong-word",)


async def test_a_password_is_needed(desk: Desk, imap: FakeImapServer) -> None:
    await desk.accounts.register("a", body(imap=at(imap)))
    for form in ({}, {"imap.auth.pass": "two\nlines"}):
        answer = await pressed(desk, **form)
        assert answer.status_code == 400
        assert 'id="imap.auth.pass-problem"' in text_of(answer)
    assert imap.statistics.connections == 0


async def test_sending_with_a_password_of_its_own(desk: Desk, imap: FakeImapServer, smtp: FakeSmtpServer) -> None:
    await desk.accounts.register("a", body(imap=at(imap, NEW), smtp=at(smtp, "another")))
    assert 'name="smtp.auth.pass"' in text_of(await repair_screen.show(desk, visit(account="a")))
    gone_to(await pressed(desk, **{"smtp.auth.pass": NEW}))
    assert await passwords(desk) == (NEW, NEW)


async def test_an_account_that_only_sends(desk: Desk, smtp: FakeSmtpServer) -> None:
    await desk.accounts.register("a", {"name": "A", "smtp": at(smtp)})
    gone_to(await pressed(desk, **{"imap.auth.pass": NEW}))
    assert await passwords(desk) == (NEW,)


async def test_the_same_password_again_reconnects(desk: Desk, imap: FakeImapServer) -> None:
    await desk.accounts.register("a", body(imap=at(imap, NEW)))
    gone_to(await pressed(desk, **{"imap.auth.pass": NEW}))
    assert await column(desk.accounts.db, "a", "revision") == 2


async def test_a_consent_is_asked_of_the_same_person(desk: Desk) -> None:
    await desk.runtime.update({"serviceUrl": "https://post.example"})
    async with OpenIdProvider() as provider:
        await desk.apps.create(provider.application(imap={"host": "imap.example.com", "port": 993}))
        await desk.accounts.register("a", oauth2_body(USER, "local"))
        page = text_of(await repair_screen.show(desk, visit(account="a")))
        assert "Sign in again with the provider" in page
        assert 'name="imap.auth.pass"' not in page
        page = text_of(await repair_screen.consent(desk, visit(form={}, account="a")))
    assert 'content="0; url=https://post.example/oauth/start?state=' in page


async def test_a_consent_without_its_application_says_so(desk: Desk) -> None:
    await desk.accounts.register("a", body())
    answer = await repair_screen.consent(desk, visit(form={}, account="a"))
    assert answer.status_code == 400
    assert 'id="problems"' in text_of(answer)


async def test_credentials_of_others_are_repaired_elsewhere(desk: Desk) -> None:
    server = {"host": "imap.example.com", "port": 993, "useAuthServer": True}
    await desk.accounts.register("a", body(imap=server))
    page = text_of(await repair_screen.show(desk, visit(account="a")))
    assert "The authentication server gives the credentials" in page
    assert 'name="imap.auth.pass"' not in page
