"""Service accounts to a live session: the token server proves who asks, and a real Dovecot takes what it gives."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from joserfc.jwk import RSAKey

from postroom.accounts.service import Accounts
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LOCALHOST
from postroom.credentials.access_tokens import AccessTokens
from postroom.oauth2.apps import Apps
from postroom.oauth2.shapes import AppBody
from postroom.oauth2.web import WebClient
from postroom.storage.database import Database
from postroom.webhooks.delivery.egress import open_session
from tests.fakes.certificates import server_certificate
from tests.fakes.openid_provider import CLIENT, OpenIdProvider
from tests.live.dovecot import Dovecot
from tests.supervisor.conftest import BOX, supervised
from tests.supervisor.test_oauth2 import USER, dovecot_options, reaches, state

pytestmark = pytest.mark.dovecot
ROBOT = "robot@project.example"
KEY = RSAKey.generate_key(2048)
GOOGLE = {
    "name": "G",
    "provider": "gmailService",
    "serviceClient": "1",
    "serviceClientEmail": ROBOT,
    "serviceKey": KEY.as_pem(private=True).decode(),
}
MICROSOFT = {
    "name": "M",
    "provider": "outlookService",
    "clientId": CLIENT[0],
    "clientSecret": CLIENT[1],
    "tenant": "contoso.example",
    "cloud": "china",
}
HOSTS = ("oauth2.googleapis.com", "login.chinacloudapi.cn")


@pytest.fixture
async def provider() -> AsyncIterator[OpenIdProvider]:
    async with OpenIdProvider(hosts=HOSTS) as running:
        running.url = f"http://127.0.0.1:{running.url.rpartition(':')[2]}"
        running.service_keys[ROBOT] = KEY
        running.served.append(USER)
        yield running


@pytest.fixture
async def mail(provider: OpenIdProvider) -> AsyncIterator[Dovecot]:
    folder = Path(tempfile.mkdtemp(prefix="postroom-oauth2-"))
    try:
        async with OpenIdProvider() as plain:
            # Dovecot asks over plain HTTP; both know the same tokens.
            plain.access = provider.access
            async with Dovecot(dovecot_options(folder, plain, "xoauth2")) as server:
                yield server
    finally:
        shutil.rmtree(folder)


def tokens_by(db: Database, provider: OpenIdProvider) -> AccessTokens:
    """Access tokens of a node for which the names of the providers lead here."""
    tls = server_certificate(HOSTS).client_context()
    policy = AddressPolicy.ANY
    session = partial(open_session, policy, 5, LOCALHOST, tls=tls, resolver=provider)
    web = WebClient(session, timeout=5)
    return AccessTokens(db=db, accounts=Accounts(db, BOX), apps=Apps(db, BOX), web=web)


async def register(db: Database, mail: Dovecot, app: AppBody, user: str = USER) -> Accounts:
    """An account that brings no token at all."""
    await Apps(db, BOX).create(app)
    accounts = Accounts(db, BOX)
    server = {"host": mail.host, "port": mail.port, "secure": False}
    oauth2 = {"provider": app["provider"], "auth": {"user": user}}
    await accounts.register("a", {"name": "A", "imap": server, "oauth2": oauth2})
    return accounts


@pytest.mark.parametrize("app", [GOOGLE, MICROSOFT], ids=["gmailService", "outlookService"])
async def test_a_service_opens_the_mailbox_of_its_user(
    db: Database, provider: OpenIdProvider, mail: Dovecot, app: AppBody
) -> None:
    accounts = await register(db, mail, app)
    async with supervised(db, tokens=tokens_by(db, provider)):
        view = await reaches(accounts, state("connected"))
        assert view.row.type == app["provider"]
        assert len(provider.token_requests) == 1
        # A token that the mail server takes no longer is replaced as any other.
        provider.access.clear()
        await accounts.reconnect("a")
        await reaches(accounts, lambda view: len(provider.token_requests) == 2 and view.row.state.value == "connected")
    asked = provider.token_requests[0]
    if app is MICROSOFT:
        assert provider.tenants == ["contoso.example"] * 2
        assert asked["scope"] == "https://partner.outlook.cn/.default"
    else:
        assert "client_secret" not in asked


@pytest.mark.parametrize(
    ("app", "user", "error"),
    [
        ({**GOOGLE, "serviceKey": RSAKey.generate_key(2048).as_pem(private=True).decode()}, USER, "invalid_grant"),
        (GOOGLE, "boss@example.test", "unauthorized_client"),
        ({**MICROSOFT, "clientSecret": "not this one"}, USER, "invalid_client"),
    ],
    ids=["key", "mailbox", "secret"],
)
async def test_a_service_that_may_not_is_told_why(
    db: Database, provider: OpenIdProvider, mail: Dovecot, app: AppBody, user: str, error: str
) -> None:
    accounts = await register(db, mail, app, user)
    async with supervised(db, tokens=tokens_by(db, provider)):
        view = await reaches(accounts, state("authenticationError"))
    request = view.last_error.token_request
    assert request["response"]["error"] == error
    assert view.last_error.code == "OauthRenewError"
    assert not any(secret in repr(view.last_error) for secret in ("not this one", "PRIVATE KEY"))
