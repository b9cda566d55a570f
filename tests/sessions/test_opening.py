"""How sessions are opened: what the account and the server's profile say about it."""

from __future__ import annotations

import asyncio

import pytest

from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.values import AccountSettings
from postroom.connections.failures import ConnectionFailed
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LOCALHOST
from postroom.connections.pacing.limits import SignInPacing
from postroom.connections.pacing.shares import Shares
from postroom.connections.timeouts import Timeouts
from postroom.credentials.logins import imap_login
from postroom.imap.commands.session import Noop
from postroom.sessions.failures import SessionFailed
from postroom.sessions.opening import Sessions, sign_in_of
from postroom.sessions.principal import Principal
from postroom.sessions.purpose import Line, Purpose
from tests.fakes.imap_server import GOOD, FakeImapServer, drop_during, refuse_login
from tests.fakes.smtp_server import FakeSmtpServer
from tests.fakes.waiting import eventually


def account(host: str, port: int = 143, **more: object) -> AccountSettings:
    return settings_of({"imap": {"host": host, "port": port, "auth": {"user": "u", "pass": "pass"}, **more}})


def sessions_of(pacing: SignInPacing) -> Sessions:
    return Sessions(pacing, Timeouts(), AddressPolicy.ANY, {}, LOCALHOST)


@pytest.mark.parametrize(
    ("full", "avoided"),
    [
        (account("imap.example.com"), set()),
        (account("imap.example.com", disableIMAP4rev2=True), {"IMAP4REV2"}),
        (account("imap.mail.me.com"), {"QRESYNC"}),
        (account("imap.mail.me.com", disableIMAP4rev2=True), {"QRESYNC", "IMAP4REV2"}),
    ],
)
def test_what_is_taken_as_not_offered(full: AccountSettings, avoided: set[str]) -> None:
    sign_in = sign_in_of(imap_login(full, now=0), full, {"name": "P"})
    assert sign_in.avoid == avoided
    assert (sign_in.enable, sign_in.client_id) == (("CONDSTORE", "QRESYNC"), {"name": "P"})


async def test_a_host_that_turns_one_away_is_left_alone_by_all() -> None:
    sessions = sessions_of(SignInPacing(Shares(10, 10)))
    async with FakeImapServer() as server:
        full = account("127.0.0.1", server.port)
        server.behave(refuse_login("LIMIT", "Too many login attempts"))
        for _ in range(3):
            with pytest.raises(SessionFailed):
                await sessions.open(Principal(full), Purpose(0.05))
        assert server.statistics.connections == 1


@pytest.mark.parametrize("end", ["close", "logout", "drop", "refused"])
async def test_a_session_counts_as_a_connection_until_it_ends_however_it_ends(end: str) -> None:
    pacing = SignInPacing(Shares(1, 1, connections=1))
    sessions = sessions_of(pacing)
    async with FakeImapServer() as server:
        who = Principal(account("127.0.0.1", server.port))
        for _ in range(2):
            if end == "refused":
                server.behave(refuse_login())
                with pytest.raises(SessionFailed):
                    await sessions.open(who, Purpose(30))
            else:
                client = (await sessions.open(who, Purpose(30))).client
                assert (pacing.active, pacing.connections) == (0, 1)
                with pytest.raises(SessionFailed):
                    await sessions.open(who, Purpose(0.05))
                if end == "logout":
                    await client.logout(30)
                elif end == "drop":
                    server.behave_now(drop_during("NOOP"))
                    with pytest.raises(ConnectionFailed):
                        await client.run(Noop())
                    server.behave(GOOD)
                client.close()
                client.close()
            assert (pacing.active, pacing.connections) == (0, 0)


async def test_the_wait_for_a_turn_is_told_and_so_is_its_end() -> None:
    told: list[str] = []
    pacing = SignInPacing(Shares(1, 1, connections=1), long_wait=0.05)
    sessions = sessions_of(pacing)

    async def waits(why: str) -> None:
        told.append(why)

    async def goes_on() -> None:
        told.append("goes on")

    async with FakeImapServer() as server:
        who = Principal(account("127.0.0.1", server.port))
        first = (await sessions.open(who, Purpose(line=Line(waits, goes_on)))).client
        assert told == ["goes on"]
        second = asyncio.create_task(sessions.open(who, Purpose(line=Line(waits, goes_on))))
        await eventually(lambda: len(told) == 2, what="the second one is told why it waits")
        assert "limit of open files allows 1 connections" in told[1]
        assert server.statistics.connections == 1
        first.close()
        (await second).client.close()
        assert told[2:] == ["goes on"]


@pytest.mark.parametrize(
    ("name", "said"),
    [("mail.example.com", "mail.example.com"), ("bücher.example", "localhost"), ("two words", "localhost")],
)
async def test_the_name_that_a_mail_server_is_told(name: str, said: str) -> None:
    async with FakeSmtpServer() as server:
        smtp = {"host": "127.0.0.1", "port": server.port, "auth": {"user": "u", "pass": "pass"}}
        settings = settings_of({"smtp": smtp, "smtpEhloName": name})
        opened = await sessions_of(SignInPacing(Shares(2, 2))).open_to_send(Principal(settings))
        await opened.client.leave()
        assert server.lines[0] == f"EHLO {said}"
