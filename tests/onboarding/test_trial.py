"""Trying an account that has only a refresh token, which its provider takes once: nothing is lost, nothing stored."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.secret import Secret
from postroom.accounts.settings.writing import document_of
from postroom.settings import Settings
from tests.api.conftest import TOKEN, Client
from tests.fakes.auth_server import FakeAuthServer
from tests.fakes.openid_provider import OpenIdProvider, failure
from tests.fakes.ports import PortReservation
from tests.live.dovecot import Dovecot

pytestmark = pytest.mark.dovecot
USER = "u1@example.test"


@pytest.fixture
def settings(tmp_path: Any) -> Settings:
    return Settings(token=TOKEN, data_dir=tmp_path, _env_file=None)


def server_of(mail: Any) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": mail.port, "secure": False}


async def registration(client: Client, provider: OpenIdProvider, mail: Dovecot, **oauth2: Any) -> dict[str, Any]:
    """Register the application; return the body that registers an account of it."""
    await client.post("/v1/oauth2", provider.application(imap=server_of(mail)))
    block = {"provider": "local", "auth": {"user": USER}, "refreshToken": provider.grant(USER), **oauth2}
    return {"account": "a", "name": "A", "imap": server_of(mail), "oauth2": block}


async def stored(client: Client) -> dict[str, Any]:
    full: dict[str, Any] = document_of(await client.api.accounts.preview("a", {}))["oauth2"]
    return full


async def test_a_token_is_fetched_and_the_rotated_grant_is_registered(
    client: Client, provider: OpenIdProvider, mail: Dovecot
) -> None:
    body = await registration(client, provider, mail)
    assert (await client.post("/v1/account?verify=true", body)).status == 200
    assert provider.refreshes == 1
    block = await stored(client)
    assert block["refreshToken"] != body["oauth2"]["refreshToken"]
    assert provider.access[block["accessToken"]][0] == USER
    # The registered grant is the one that works.
    prepared = await client.api.trials.access.prepare(
        "a", settings_of({"oauth2": block}), refused=Secret(block["accessToken"])
    )
    assert document_of(prepared.settings)["oauth2"]["accessToken"] in provider.access


async def test_a_failed_trial_stores_nothing_and_the_old_grant_still_registers(
    client: Client, provider: OpenIdProvider, mail: Dovecot
) -> None:
    body = await registration(client, provider, mail)
    nobody = PortReservation()
    wrong = {**body, "imap": {**body["imap"], "port": nobody.port}}
    answer = await client.post("/v1/account?verify=true", wrong)
    nobody.release()
    assert (answer.status, answer.body["code"], answer.body["serverResponseCode"]) == (
        400,
        "ConnectionError",
        "ECONNREFUSED",
    )
    assert (await client.get("/v1/account/a")).status == 404
    # The provider takes the refresh token of the body no more; its successor was kept.
    assert (await client.post("/v1/account?verify=true", body)).status == 200
    assert provider.refreshes == 1
    assert body["oauth2"]["refreshToken"] not in repr(await stored(client))


async def test_what_the_provider_refuses_is_an_authentication_error_and_what_it_cannot_say_is_none(
    client: Client, provider: OpenIdProvider, mail: Dovecot
) -> None:
    body = await registration(client, provider, mail)
    provider.next_answers(failure(503))
    busy = await client.post("/v1/account?verify=true", body)
    assert (busy.body["code"], busy.body["serverResponseCode"]) == ("ConnectionError", "ETOKENENDPOINT")
    provider.revoke_grants()
    refused = await client.post("/v1/account?verify=true", body)
    assert (refused.body["code"], refused.body["serverResponseCode"]) == ("AuthenticationError", "OauthRenewError")
    assert body["oauth2"]["refreshToken"] not in busy.text + refused.text
    assert (await client.get("/v1/account/a")).status == 404


async def test_verify_account_and_diagnosis_leave_a_grant_that_registers(
    client: Client, provider: OpenIdProvider, mail: Dovecot
) -> None:
    body = await registration(client, provider, mail)
    tried = {name: body[name] for name in ("imap", "oauth2")}
    answer = await client.post("/v1/verifyAccount", {**tried, "mailboxes": True})
    assert answer.body["imap"]["success"], answer.text
    assert answer.body["mailboxes"]
    found = await client.post("/v1/diagnosis", tried)
    assert found.body["success"], found.text
    assert [step["result"] for step in found.body["steps"] if step["step"] == "oauth2-token"] == ["ok"]
    assert provider.refreshes == 1
    assert (await client.post("/v1/account", body)).status == 200
    block = await stored(client)
    assert block["refreshToken"] != body["oauth2"]["refreshToken"]
    assert not {block["refreshToken"], block["accessToken"]} & set(answer.text.split('"') + found.text.split('"'))


async def test_the_grant_of_a_stored_account_is_renewed_for_that_account(
    client: Client, provider: OpenIdProvider, mail: Dovecot
) -> None:
    body = await registration(client, provider, mail)
    await client.post("/v1/account", body)
    tried = {name: body[name] for name in ("imap", "oauth2")}
    assert (await client.post("/v1/verifyAccount", tried)).body["imap"]["success"]
    block = await stored(client)
    assert block["refreshToken"] != body["oauth2"]["refreshToken"]
    prepared = await client.api.trials.access.prepare(
        "a", settings_of({"oauth2": block}), refused=Secret(block["accessToken"])
    )
    assert document_of(prepared.settings)["oauth2"]["accessToken"] in provider.access


async def test_an_access_token_that_is_refused_is_replaced_once(
    client: Client, provider: OpenIdProvider, mail: Dovecot
) -> None:
    body = await registration(client, provider, mail, accessToken="stale")
    assert (await client.post("/v1/account?verify=true", body)).status == 200
    assert provider.refreshes == 1
    assert (await stored(client))["accessToken"] in provider.access


async def test_a_change_is_tried_with_the_accounts_own_grant(
    client: Client, provider: OpenIdProvider, mail: Dovecot
) -> None:
    body = await registration(client, provider, mail)
    await client.post("/v1/account", body)
    sent = {"oauth2": body["oauth2"], "imap": {**body["imap"], "resyncDelay": 60}}
    assert (await client.put("/v1/account/a?verify=true", sent)).status == 200
    block = await stored(client)
    assert block["refreshToken"] != body["oauth2"]["refreshToken"]
    assert block["accessToken"] in provider.access
    assert provider.refreshes == 1
    # Another person's grant is tried before it takes the place of this one.
    other = {**body["oauth2"], "refreshToken": provider.grant("somebody@else.test")}
    assert (await client.put("/v1/account/a?verify=true", {"oauth2": other})).status == 400
    assert await stored(client) == block


async def test_an_account_of_the_authentication_server(client: Client, mail: Dovecot) -> None:
    async with FakeAuthServer() as lender:
        assert (await client.post("/v1/settings", {"authServer": lender.url})).status == 200
        shown = (await client.get("/v1/settings?authServer=true")).body["authServer"]
        assert shown.startswith("http://******:******@127.0.0.1:")
        assert (await client.post("/v1/settings", {"authServer": shown})).status == 400
        lender.give("a", {"user": USER, "pass": "pass"})
        body = {"account": "a", "name": "A", "imap": {**server_of(mail), "useAuthServer": True}}
        both = {**body, "imap": {**body["imap"], "auth": {"user": "u", "pass": "p"}}}  # type: ignore[dict-item]
        assert set(await client.problems("POST", "/v1/account", both)) == {"imap.auth"}
        assert (await client.post("/v1/account?verify=true", body)).status == 200
        assert "auth" not in (await client.get("/v1/account/a")).body["imap"]
        found = (await client.post("/v1/account/a/diagnosis")).body
        assert found["success"], found
        assert found["steps"][0]["step"] == "auth-server"
        lender.give("a", {"user": USER, "pass": "lent-wrong-word"})
        refused = await client.post("/v1/account/a/diagnosis")
        assert (refused.body["verdict"]["step"], refused.body["verdict"]["class"]) == ("login", "authentication")
        assert "lent-wrong-word" not in refused.text
        lender.status = 500
        refused = await client.post("/v1/account/a/diagnosis")
        assert (refused.body["verdict"]["step"], refused.body["verdict"]["code"]) == ("auth-server", "HTTPRequestError")
        assert {step["result"] for step in refused.body["steps"][1:]} == {"skipped"}
