"""No secret of OAuth2, of webhooks or of the authentication server is told anywhere, whoever repeats it to us."""

from __future__ import annotations

import asyncio
import base64
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from aiohttp import web
from joserfc.jwk import RSAKey

from postroom.api.routes.table import ROUTES
from postroom.streaming.event_stream import MEDIA_TYPE
from tests.cli.postroom_program import call
from tests.fakes import auth_server
from tests.fakes.auth_server import FakeAuthServer
from tests.fakes.imap_server import Behaviour, FakeImapServer
from tests.fakes.openid_provider import OpenIdProvider
from tests.fakes.smtp_server import FakeSmtpServer
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import FAST, Gateway
from tests.flows.test_truth import echo, traces

KEY = RSAKey.generate_key(2048).as_pem(private=True).decode()
SECRETS = {
    "client secret": "client-S3cret-of-app",
    "client secret of a service": "client-S3cret-of-service",
    "lent password": "lent-Passw0rd-word",
    "lent token": "lent-Access-t0ken",
    "brought token": "brought-Access-t0ken",
    "webhook header": "header-S3cret-of-endpoint",
    "webhook password": "webhook-userinfo-w0rd",
    "authentication server": auth_server.PASSWORD,
    "signing key": "".join(KEY.splitlines()[2:4]),
    "signing key, a line of it": KEY.splitlines()[5],
}


def shapes(secret: str) -> set[str]:
    """As `traces`, and as URLs and Basic authentication write it."""
    basic = base64.b64encode(f"{auth_server.USER}:{secret}".encode()).decode().rstrip("=")
    return {*traces(secret), quote(secret, safe=""), basic}


def repeating(provider: OpenIdProvider) -> Any:
    """An answer of the token endpoint that repeats all it was sent."""

    async def answer() -> web.Response:
        said = " ".join(provider.token_requests[-1].values())
        return web.json_response({"error": "invalid_grant", "error_description": said}, status=400)

    return answer


async def set_up(gateway: Gateway, provider: OpenIdProvider, lender: FakeAuthServer, servers: dict[str, Any]) -> str:
    """Applications, accounts and an endpoint with every kind of secret; return the endpoint's signing secret."""
    app = provider.application(clientSecret=SECRETS["client secret"], imap=servers["imap"])
    await gateway.ask("POST", "/v1/oauth2", app)
    service = {"clientId": "id", "clientSecret": SECRETS["client secret of a service"], "tenant": "t.example"}
    await gateway.ask("POST", "/v1/oauth2", {"name": "M", "provider": "outlookService", **service})
    robot = {"serviceClient": "1", "serviceClientEmail": "r@p.example", "serviceKey": KEY}
    await gateway.ask("POST", "/v1/oauth2", {"name": "G", "provider": "gmailService", **robot})
    await gateway.ask("POST", "/v1/settings", {"authServer": lender.url, "serviceUrl": "https://postroom.example"})
    await gateway.ask("POST", "/v1/settings", {"logs": {"all": True}})
    hook = servers["hook"].replace("://", f"://user:{SECRETS['webhook password']}@")
    headers = [{"key": "X-Auth", "value": SECRETS["webhook header"]}]
    made = await gateway.ask("POST", "/v1/webhooks", {"url": hook, "customHeaders": headers})
    lender.give("lent", {"user": "leaky", "pass": SECRETS["lent password"]})
    lender.give("lent-token", {"user": "leaky", "accessToken": SECRETS["lent token"]})
    own = {name: {**servers[name], "useAuthServer": True} for name in ("imap", "smtp")}
    await gateway.register("lent", own["imap"], smtp=own["smtp"])
    await gateway.register("lent-token", own["imap"], smtp=own["smtp"])
    tokens = {"accessToken": SECRETS["brought token"], "refreshToken": provider.grant("leaky")}
    await gateway.register("app", servers["imap"], oauth2={"provider": "local", "auth": {"user": "leaky"}, **tokens})
    signing: str = made["secret"]
    return signing


async def everything_answered(gateway: Gateway, endpoint: str, tokens: list[str]) -> str:
    """The answer of every GET route for everything there is, and of whatever examines or tries."""
    told: list[Any] = []
    values = {"account": ["lent", "lent-token", "app"], "app": ["local", "outlookService", "gmailService"]}
    for route in ROUTES:
        if route.method != "GET" or route.media_type == MEDIA_TYPE:
            continue
        names = re.findall(r"\{(\w+)\}", route.path)
        known = tokens if "tokens" in route.path else [endpoint]
        for value in values.get(names[0], known) if names else [""]:
            path = re.sub(r"\{\w+\}", quote(value, safe=""), route.path)
            told.append((path, (await gateway.call("GET", path)).body))
    for account in values["account"]:
        told.append((await gateway.call("POST", f"/v1/account/{account}/diagnosis")).body)
        told.append((await gateway.call("PUT", f"/v1/account/{account}?verify=true", {})).body)
    for app in values["app"]:
        told.append((await gateway.call("POST", f"/v1/oauth2/{app}/verify", {"account": "app"})).body)
        told.append((await gateway.call("POST", f"/v1/oauth2/{app}/verify", {"testConnection": False})).body)
    wrong = {"clientSecret": SECRETS["client secret"], "nonsense": SECRETS["client secret"]}
    told.append((await gateway.call("PUT", "/v1/oauth2/local", wrong)).body)
    told.append(
        (await gateway.call("POST", "/v1/settings", {"authServer": f"gopher://u:{quote(auth_server.PASSWORD)}@h"})).body
    )
    return repr(told)


async def test_no_secret_of_oauth2_or_of_the_authentication_server_is_told(tmp_path: Path) -> None:
    echoing = Behaviour(on_command={"LOGIN": echo, "AUTHENTICATE": echo})
    async with (
        OpenIdProvider() as provider,
        FakeAuthServer() as lender,
        FakeImapServer() as imap,
        FakeSmtpServer() as smtp,
        WebhookReceiver() as receiver,
        Gateway(tmp_path) as gateway,
    ):
        imap.behave(echoing)
        servers = {name: {"host": "127.0.0.1", "port": each.port} for name, each in (("imap", imap), ("smtp", smtp))}
        provider.next_answers(*[repeating(provider)] * 50)
        signing = await set_up(gateway, provider, lender, {**servers, "hook": receiver.url})
        for account in ("lent", "lent-token", "app"):
            await gateway.reaches(account, "authenticationError")
        endpoint = (await gateway.ask("GET", "/v1/webhooks"))["webhooks"][0]["id"]
        token = (await gateway.ask("GET", "/v1/tokens"))["tokens"]
        told = await everything_answered(gateway, endpoint, [each["id"] for each in token] or ["none"])
        lender.status, lender.text = 500, f"<p>{SECRETS['lent password']}</p>"
        await gateway.tell("lent", "reconnect")
        await gateway.when(
            "lent", lambda seen: (seen["lastError"] or {}).get("serverResponseCode") == "HTTPRequestError"
        )
        told += repr([await gateway.get("lent"), await gateway.timeline("lent")])
        lender.status, lender.text = 200, None
        examined = [
            await asyncio.to_thread(call, tmp_path, "doctor", account, **_as_served(tmp_path))
            for account in ("lent", "lent-token", "app")
        ]
        printed = "".join(done.stdout + done.stderr for done in examined)
        posted = repr([request.json() for request in receiver.requests])
        asked = {value for request in provider.token_requests for value in request.values()}
        assert await gateway.terminate() == 0
    with closing(sqlite3.connect(tmp_path / "data" / "postroom.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    stored = b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir()).decode("latin-1")
    # What was really sent out, so that it could have been repeated, and what was really said.
    assert {SECRETS["client secret"]} < asked
    assert "authenticationError" in posted
    assert printed.count("ok      auth-server") == 4
    assert "the sign-in fails" in printed
    assert "invalid_grant" in told
    secrets = {
        **SECRETS,
        "webhook signing": signing,
        "refresh token": next(each for each in asked if "refresh-" in each),
    }
    places = {"log": "\n".join(gateway.log), "API": told, "webhooks": posted, "file": stored, "doctor": printed}
    for kind, secret in secrets.items():
        for name, place in places.items():
            for shape in shapes(secret):
                at = place.find(shape)
                assert at < 0, f"{kind} in the {name}: {place[max(0, at - 80) : at + 120]}"


def _as_served(folder: Path) -> dict[str, str]:
    """The settings that the gateway of these tests runs with, as the doctor needs them."""
    return {"secret": FAST["secret"], "ca_file": str(folder / "authority.pem"), "log_level": "debug"}


def test_the_shapes_of_a_secret_are_found() -> None:
    parts = urlsplit(FakeAuthServer().url)
    assert parts.password in shapes(auth_server.PASSWORD)
