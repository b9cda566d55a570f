"""`POST /v1/oauth2/{app}/verify`: each way in which an application can be wrong has a step that says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from postroom.accounts.settings.writing import document_of
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LOCALHOST
from postroom.oauth2.web import WebClient
from postroom.onboarding.consent.app_check import AppCheck, Checked
from postroom.settings import Settings
from postroom.webhooks.delivery.egress import open_session
from tests.api.conftest import TOKEN, Client
from tests.fakes.certificates import server_certificate
from tests.fakes.openid_provider import CLIENT, OpenIdProvider, failure
from tests.live.dovecot import Dovecot

USER = "u1@example.test"
HOSTS = ("oauth2.googleapis.com", "login.microsoftonline.com")
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
}


@pytest.fixture
def settings(tmp_path: Any) -> Settings:
    return Settings(token=TOKEN, data_dir=tmp_path, _env_file=None)


def statuses(answer: Any) -> dict[str, str]:
    return {step["id"]: step["status"] for step in answer.body["steps"]}


def step(answer: Any, name: str) -> dict[str, Any]:
    return next(each for each in answer.body["steps"] if each["id"] == name)


async def registered(client: Client, provider: OpenIdProvider, **more: Any) -> None:
    body = provider.application(imap={"host": "127.0.0.1", "port": 993}, **more)
    assert (await client.post("/v1/oauth2", body)).status == 200


async def test_without_an_account_as_much_as_can_be_told(client: Client, provider: OpenIdProvider) -> None:
    await registered(client, provider)
    answer = await client.post("/v1/oauth2/local/verify")
    assert not answer.body["ok"]
    assert statuses(answer) == {
        "redirect": "fail",
        "endpoints": "ok",
        "client": "ok",
        "token": "skip",
        "connection": "skip",
    }
    assert "serviceUrl" in step(answer, "redirect")["hint"]
    assert f"{provider.url}/token" in step(answer, "endpoints")["message"]
    await client.post("/v1/settings", {"serviceUrl": "https://postroom.example.com"})
    answer = await client.post("/v1/oauth2/local/verify", {"testConnection": False})
    assert answer.body["ok"]
    assert "https://postroom.example.com/oauth" in step(answer, "redirect")["message"]
    assert (answer.body["app"], answer.body["provider"], answer.body["account"]) == ("local", "oidc", None)


async def test_a_client_secret_that_is_wrong_is_named_and_not_shown(client: Client, provider: OpenIdProvider) -> None:
    await registered(client, provider, clientSecret="wr0ng-secret-word")
    answer = await client.post("/v1/oauth2/local/verify")
    assert (step(answer, "client")["status"], answer.body["ok"]) == ("fail", False)
    assert "invalid_client" in step(answer, "client")["message"]
    assert "clientSecret" in step(answer, "client")["hint"]
    assert "wr0ng" not in answer.text


@pytest.mark.parametrize(("status", "error", "expected"), [(500, None, "fail"), (400, "invalid_request", "skip")])
async def test_a_token_endpoint_that_says_nothing_of_the_client(
    client: Client, provider: OpenIdProvider, status: int, error: str | None, expected: str
) -> None:
    await registered(client, provider)
    provider.next_answers(failure(status, error))
    assert statuses(await client.post("/v1/oauth2/local/verify"))["client"] == expected


async def test_endpoints_that_cannot_be_found(client: Client, provider: OpenIdProvider) -> None:
    await registered(client, provider, discoveryUrl=f"{provider.url}/nowhere")
    answer = await client.post("/v1/oauth2/local/verify")
    assert statuses(answer) == {
        "redirect": "fail",
        "endpoints": "fail",
        "client": "skip",
        "token": "skip",
        "connection": "skip",
    }
    assert "discoveryUrl" in step(answer, "endpoints")["hint"]


@pytest.mark.dovecot
async def test_with_an_account_its_token_is_renewed_and_used(
    client: Client, provider: OpenIdProvider, mail: Dovecot
) -> None:
    await registered(client, provider, redirectUrl="https://postroom.example.com/oauth")
    server = {"host": mail.host, "port": mail.port, "secure": False}
    refresh = provider.grant(USER)
    oauth2 = {"provider": "local", "auth": {"user": USER}, "refreshToken": refresh}
    await client.post("/v1/account", {"account": "a", "name": "A", "imap": server, "oauth2": oauth2})
    answer = await client.post("/v1/oauth2/local/verify", {"account": "a"})
    assert set(statuses(answer).values()) == {"ok"}, answer.text
    assert answer.body["ok"]
    kept = document_of(await client.api.accounts.preview("a", {}))["oauth2"]
    assert kept["refreshToken"] != refresh
    assert kept["accessToken"] not in answer.text
    provider.revoke_grants()
    answer = await client.post("/v1/oauth2/local/verify", {"account": "a"})
    assert (step(answer, "token")["status"], step(answer, "connection")["status"]) == ("fail", "skip")
    assert "sign in again" in step(answer, "token")["hint"]


async def test_what_is_not_there(client: Client, provider: OpenIdProvider) -> None:
    assert (await client.post("/v1/oauth2/none/verify")).body["code"] == "AppNotFound"
    await registered(client, provider)
    assert (await client.post("/v1/oauth2/local/verify", {"account": "x@y.test"})).body["code"] == "AccountNotFound"
    assert set(await client.problems("POST", "/v1/oauth2/local/verify", {"nonsense": 1})) == {"nonsense"}


@pytest.fixture
async def services(client: Client) -> AsyncIterator[tuple[OpenIdProvider, AppCheck]]:
    """Google's and Microsoft's token servers, as far as services need them, and a check that finds them here."""
    async with OpenIdProvider(hosts=HOSTS) as provider:
        provider.service_keys[ROBOT] = KEY
        provider.served.append(USER)
        tls, policy = server_certificate(HOSTS).client_context(), AddressPolicy.ANY
        session = partial(open_session, policy, 5, LOCALHOST, tls=tls, resolver=provider)
        web = WebClient(session, timeout=5)
        api = client.api
        yield (
            provider,
            AppCheck(
                apps=api.apps,
                accounts=api.accounts,
                access=api.trials.access,
                web=web,
                runtime=api.runtime,
                verifier=api.verifier,
            ),
        )
        await web.close()


def found(checked: Checked) -> dict[str, str]:
    return {step.id: step.status for step in checked.steps}


@pytest.mark.parametrize("body", [GOOGLE, MICROSOFT], ids=["gmailService", "outlookService"])
async def test_a_service_fetches_a_token(
    client: Client, services: tuple[OpenIdProvider, AppCheck], body: dict[str, Any]
) -> None:
    provider, check = services
    await client.post("/v1/oauth2", body)
    app = await client.api.apps.get(body["provider"])
    checked = await check.check(app, None, connect=True)
    assert checked.ok
    assert (found(checked)["client"], found(checked)["token"], found(checked)["connection"]) == ("ok", "ok", "skip")
    assert checked.auth_method == ("serviceKey" if body is GOOGLE else "clientSecret")
    assert len(provider.access) == 1
    noted = (await client.api.apps.get(body["provider"])).last_check
    assert noted is not None
    assert noted.trouble == ""
    # A mailbox need not be registered to be tried.
    assert (await check.check(app, USER, connect=False)).ok
    assert len(provider.access) == 2


async def test_a_service_that_may_not_open_a_mailbox(client: Client, services: tuple[OpenIdProvider, AppCheck]) -> None:
    _, check = services
    await client.post("/v1/oauth2", GOOGLE)
    checked = await check.check(await client.api.apps.get("gmailService"), "boss@example.test", connect=True)
    assert (checked.ok, found(checked)["client"], found(checked)["connection"]) == (False, "fail", "skip")
    assert "unauthorized_client" in checked.steps[2].message
