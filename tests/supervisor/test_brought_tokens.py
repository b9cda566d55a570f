"""Accounts that bring their tokens, or borrow another account's, up to a live session."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from postroom.accounts.service import Accounts
from postroom.clock import iso, now_ms
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.checked_host import check_host
from postroom.connections.hosts.names import LooksUp
from postroom.connections.sockets import endpoint as endpoints
from postroom.connections.sockets.endpoint import ConnectWay, Endpoint
from postroom.oauth2.apps import Apps
from postroom.storage.database import Database
from tests.fakes.certificates import server_certificate
from tests.fakes.imap_server import FakeImapServer
from tests.fakes.openid_provider import OpenIdProvider
from tests.supervisor.conftest import BOX, supervised
from tests.supervisor.test_oauth2 import reaches, state

TOKEN = "an access token of Google's"


@pytest.fixture
async def gmail(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[FakeImapServer]:
    """`imap.gmail.com` with a certificate of that name, and a name service that leads there."""
    certificate = server_certificate(("imap.gmail.com",))
    authority = tmp_path / "authority.pem"
    authority.write_bytes(certificate.authority)
    monkeypatch.setenv("POSTROOM_CA_FILE", str(authority))
    resolve = endpoints.resolve
    async with FakeImapServer(password=TOKEN, tls="implicit", certificate=certificate) as server:

        async def lead(endpoint: Endpoint, policy: AddressPolicy, lookups: LooksUp) -> ConnectWay:
            assert str(endpoint) == "imap.gmail.com:993"
            here = await resolve(Endpoint("127.0.0.1", server.port), policy, lookups)
            return replace(here, endpoint=endpoint, host=check_host(endpoint.host, policy))

        monkeypatch.setattr(endpoints, "resolve", lead)
        yield server


async def test_without_an_application_until_the_token_expires(db: Database, gmail: FakeImapServer) -> None:
    accounts = Accounts(db, BOX)
    oauth2 = {"provider": "gmail", "auth": {"user": "jo@gmail.com"}, "accessToken": TOKEN}
    in_an_hour = {"expires": iso(now_ms() + 3_600_000), "refreshToken": "cannot be used"}
    await accounts.register("a", {"name": "A", "oauth2": {**oauth2, **in_an_hour}})
    async with supervised(db):
        await reaches(accounts, state("connected"))
        past = {"partial": True, "expires": iso(now_ms() - 1000)}
        await accounts.update("a", {"oauth2": past})
        view = await reaches(accounts, state("authenticationError"))
    assert view.last_error.code == "CredentialsMissing"
    assert "expired" in view.last_error.response
    assert "register the OAuth2 application 'gmail'" in view.last_error.response
    assert gmail.statistics.logins == 1


async def test_a_shared_mailbox_is_opened_with_the_token_of_another_account(db: Database) -> None:
    async with OpenIdProvider() as provider, FakeImapServer() as mail:
        server = {"host": mail.host, "port": mail.port, "secure": False}
        await Apps(db, BOX).create(provider.application(imap=server))
        accounts = Accounts(db, BOX)
        expires = iso(now_ms() + 3_600_000)
        owner = {"provider": "local", "auth": {"user": "jo@example.test"}, "accessToken": "jo's", "expires": expires}
        refresh = provider.grant("jo@example.test")
        await accounts.register("jo", {"name": "Jo", "imap": server, "oauth2": {**owner, "refreshToken": refresh}})
        between = {"user": "-", "delegatedUser": "team@example.test", "delegatedAccount": "jo"}
        await accounts.register("team", {"name": "T", "imap": server, "oauth2": {"provider": "local", "auth": between}})
        auth = {"delegatedUser": "desk@example.test", "delegatedAccount": "team"}
        await accounts.register("a", {"name": "A", "imap": server, "oauth2": {"provider": "local", "auth": auth}})
        mail.world.passwords = {"desk@example.test": "jo's", "team@example.test": "jo's", "jo@example.test": "jo's"}
        async with supervised(db):
            view = await reaches(accounts, state("connected"))
            assert view.row.type == "delegated"
            assert view.settings.oauth2 is not None
            assert view.settings.oauth2.access_token is None

            # A circle, or a lender that is gone, is said to be one.
            await accounts.update(
                "team", {"oauth2": {"provider": "local", "auth": {**between, "delegatedAccount": "a"}}}
            )
            await accounts.reconnect("a")
            view = await reaches(accounts, state("authenticationError"))
            assert "circle" in view.last_error.response
            await accounts.remove("team")
            await accounts.reconnect("a")
            view = await reaches(
                accounts, lambda view: view.last_error is not None and "not there" in view.last_error.response
            )
    assert view.last_error.code == "CredentialsMissing"
