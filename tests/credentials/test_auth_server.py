"""The operator's authentication server: what it is asked, what its answers mean, and what is never told of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

import pytest

from postroom.accounts.model import NoCredentials
from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.secret import Secret
from postroom.accounts.settings.values import Auth
from postroom.configuration.runtime import RuntimeSettings
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LOCALHOST
from postroom.credentials.auth_server import AuthServer, AuthServerRefused, AuthServerUnavailable
from postroom.credentials.logins import imap_login, smtp_login
from postroom.credentials.refusals import unprepared_failure
from postroom.oauth2.web import WebClient
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox
from postroom.webhooks.delivery.egress import open_session
from tests.fakes.auth_server import PASSWORD, FakeAuthServer
from tests.fakes.raw_http import Ending, RawHttp, ok

SERVER = {"host": "mail.example.com", "port": 993, "secure": True}
LENT = settings_of({"imap": {**SERVER, "useAuthServer": True}, "smtp": {**SERVER, "useAuthServer": True}})
OAUTH2 = {"provider": "gmail", "auth": {"user": "old", "delegatedUser": "shared"}, "useAuthServer": True}
BY_TOKEN = settings_of({"oauth2": OAUTH2})


@pytest.fixture
async def server() -> AsyncIterator[FakeAuthServer]:
    async with FakeAuthServer() as running:
        yield running


@pytest.fixture
def runtime(db: Database) -> RuntimeSettings:
    return RuntimeSettings(db, SecretBox(("a secret",)))


@pytest.fixture
async def lender(runtime: RuntimeSettings, server: FakeAuthServer) -> AsyncIterator[AuthServer]:
    await runtime.update({"authServer": server.url})
    policy = AddressPolicy.ANY
    web = WebClient(partial(open_session, policy, 5, LOCALHOST), timeout=5)
    yield AuthServer(web=web, runtime=runtime)
    await web.close()


async def test_a_password_for_each_protocol(lender: AuthServer, server: FakeAuthServer) -> None:
    server.give("a/b@example.com", {"user": "u1", "pass": "word", "more": "is ignored"})
    lent = await lender.lend("a/b@example.com", LENT, "imap")
    assert lent is not None
    login = imap_login(lent, now=0)
    assert (login.credentials.user, login.credentials.password) == ("u1", "word")
    lent = await lender.lend("a/b@example.com", LENT, "smtp")
    assert lent is not None
    assert smtp_login(lent, now=0).credentials.password == "word"
    assert server.asked == [("a/b@example.com", "imap"), ("a/b@example.com", "smtp")]


async def test_an_access_token_in_either_block(lender: AuthServer, server: FakeAuthServer) -> None:
    server.give("a", {"user": "u1", "accessToken": "bearer"})
    lent = await lender.lend("a", LENT, "imap")
    assert lent is not None
    assert imap_login(lent, now=0).credentials.access_token == "bearer"
    stale = settings_of({"oauth2": {**OAUTH2, "accessToken": "stale", "expires": "2020-01-01T00:00:00.000Z"}})
    lent = await lender.lend("a", stale, "imap")
    assert lent is not None
    login = imap_login(lent, now=1_800_000_000_000)
    # A shared mailbox keeps its name; the person who opens it is the one that was named.
    assert (login.credentials.user, login.credentials.access_token) == ("shared", "bearer")
    assert lent.oauth2 is not None
    assert lent.oauth2.who.user == "u1"
    lent = await lender.lend("a", stale, "api")
    assert lent is not None
    assert lent.oauth2 is not None
    assert lent.oauth2.access_token == Secret("bearer")
    assert server.asked[-1] == ("a", "api")


async def test_who_does_not_ask_is_not_asked_for(lender: AuthServer, server: FakeAuthServer) -> None:
    own = settings_of({"imap": {**SERVER, "auth": {"user": "u", "pass": "p"}}, "oauth2": OAUTH2})
    assert await lender.lend("a", own, "imap") is None
    assert server.asked == []


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (403, "forbidden"),
        (500, "broken"),
        (302, "moved"),
        (200, '{"user": "u"}'),
        (200, "{}"),
        (200, '{"pass": "leaked-word"}'),
        (200, '{"user": "u", "pass": 5}'),
        (200, '{"user": ["leaked-word"], "pass": "leaked-word"}'),
    ],
)
async def test_whatever_else_it_answers_is_a_refusal(
    lender: AuthServer, server: FakeAuthServer, status: int, text: str
) -> None:
    server.status, server.text = status, text
    with pytest.raises(AuthServerRefused) as caught:
        await lender.lend("a", LENT, "imap")
    failure = unprepared_failure(caught.value)
    assert (failure.kind, failure.code) == ("authentication", "HTTPRequestError")
    assert not {"leaked-word", PASSWORD} & set(repr(failure).split("'"))
    assert "leaked-word" not in repr(failure)


@pytest.mark.parametrize(
    ("pieces", "ending"),
    [
        ((ok(b"<html>busy</html>"),), "keep"),
        ((ok(b"[]"),), "keep"),
        ((ok(b""),), "keep"),
        ((b"HTTP/1.1 204 No Content\r\n\r\n",), "keep"),
        ((ok(b'{"user": "u", "pass": "leaked-word"}')[:-4],), "close"),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" + b'{"user": "u", "pass": "leaked-word"}',), "close"),
        ((b"HTTP/1.1 200 OK\r\n",), "reset"),
    ],
    ids=["html", "list", "empty", "204", "cut", "length", "reset"],
)
async def test_an_answer_that_cannot_be_read_is_no_verdict_on_credentials(
    lender: AuthServer, runtime: RuntimeSettings, pieces: tuple[bytes, ...], ending: Ending
) -> None:
    async with RawHttp() as raw:
        await runtime.update({"authServer": raw.url})
        raw.answer(*pieces, ending=ending)
        with pytest.raises(AuthServerUnavailable) as caught:
            await lender.lend("a", LENT, "imap")
    failure = unprepared_failure(caught.value)
    assert (failure.kind, failure.code) == ("connection", "EAUTHSERVER")
    assert "leaked-word" not in repr(failure)


async def test_an_answer_in_several_segments_is_read_to_its_end(lender: AuthServer, runtime: RuntimeSettings) -> None:
    whole = ok(b'{"user": "u1", "pass": "word"}', b"X-Trace: " + b"t" * 9000)
    async with RawHttp() as raw:
        await runtime.update({"authServer": raw.url})
        raw.answer(whole[:20], whole[20:-9], whole[-9:])
        lent = await lender.lend("a", LENT, "imap")
    assert lent is not None
    assert lent.imap is not None
    assert lent.imap.auth == Auth("u1", Secret("word"))


async def test_a_password_is_no_access_token(lender: AuthServer, server: FakeAuthServer) -> None:
    server.give("a", {"user": "u1", "pass": "word"})
    with pytest.raises(AuthServerRefused, match="no accessToken"):
        await lender.lend("a", BY_TOKEN, "imap")


async def test_a_server_that_is_away_says_nothing_of_the_credentials(
    lender: AuthServer, server: FakeAuthServer
) -> None:
    await server.stop()
    for full in (LENT, BY_TOKEN):
        with pytest.raises(AuthServerUnavailable) as caught:
            await lender.lend("a", full, "imap")
        failure = unprepared_failure(caught.value)
        assert (failure.kind, failure.code) == ("connection", "ECONNREFUSED")
        assert "s3cret" not in repr(failure)


async def test_without_a_server_own_credentials_count(lender: AuthServer, runtime: RuntimeSettings) -> None:
    await runtime.update({"authServer": None})
    static = settings_of({"oauth2": {**OAUTH2, "accessToken": "own"}})
    assert await lender.lend("a", static, "imap") is None
    for full in (LENT, BY_TOKEN):
        with pytest.raises(NoCredentials, match="authServer"):
            await lender.lend("a", full, "imap")


async def test_settings_without_an_account_have_nobody_to_ask_for(lender: AuthServer, server: FakeAuthServer) -> None:
    with pytest.raises(NoCredentials, match="account's id"):
        await lender.lend("", LENT, "imap")
    assert server.asked == []
