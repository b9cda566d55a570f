"""One damaged row stops what it belongs to and nothing else; it is told, and replacing the secret repairs it."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.postroom_program import call
from tests.fakes.imap_server import FakeImapServer
from tests.fakes.openid_provider import OpenIdProvider
from tests.fakes.waiting import eventually
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import Gateway, imap, sooner_or_later

pytestmark = pytest.mark.asyncio(loop_scope="session")

DAMAGE = (
    "UPDATE account_settings SET secrets = substr(secrets, 1, length(secrets) - 8) || 'AAAAAAAA'"
    " WHERE account_key = (SELECT key FROM accounts WHERE account = 'bad')",
    "UPDATE settings SET value = '\"damaged\"' WHERE name IN ('webhooksCustomHeaders', 'authServer')",
    "UPDATE webhook_endpoints SET secrets = 'damaged' WHERE kind = 'endpoint'",
    "UPDATE oauth2_apps SET secrets = 'damaged'",
    "UPDATE oauth2_consents SET sealed = 'damaged'",
)
PLACES = ("accounts", "settings", "webhook endpoints", "OAuth2 applications", "consents")


def damage(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "data" / "postroom.db")) as database, database:
        for statement in DAMAGE:
            assert database.execute(statement).rowcount > 0, statement


def posted(receiver: WebhookReceiver) -> int:
    """How often the message was posted."""
    bodies = [request.json() for request in receiver.requests]
    return sum(body["event"] == "messageNew" and body["account"] == "good" for body in bodies)


async def test_one_damaged_row_of_every_kind(tmp_path: Path, mail: FakeImapServer) -> None:
    async with OpenIdProvider() as provider, WebhookReceiver() as receiver, Gateway(tmp_path) as gateway:
        await gateway.post_webhooks_to(receiver.url)
        header = [{"key": "X-Own", "value": "a secret"}]
        lender = {"authServer": "https://lender.example/", "serviceUrl": gateway.url}
        await gateway.ask("POST", "/v1/settings", {"webhooksCustomHeaders": header, **lender})
        app = await gateway.ask("POST", "/v1/oauth2", provider.application(imap={"host": "127.0.0.1", "port": 993}))
        hook = await gateway.ask("POST", "/v1/webhooks", {"url": receiver.url, "events": ["messageNew"]})
        oauth2 = {"provider": app["id"], "authorize": True, "auth": {"user": "u@a.example"}}
        asked = {"account": "asked", "name": "A", "oauth2": {**oauth2, "redirectUrl": "https://app.example/"}}
        await gateway.ask("POST", "/v1/account", asked)
        for account in ("good", "bad"):
            await gateway.register(account, imap(mail, account))
            await gateway.reaches(account, "connected")
        await gateway.kill()
        damage(tmp_path)
        await gateway.start()

        await gateway.reconnects("good")
        await gateway.when("bad", lambda seen: seen["lastError"], "told of its damage")
        warnings: list[str] = []

        async def warned() -> bool:
            warnings[:] = (await gateway.ask("GET", "/health")).get("warnings", [])
            return len(warnings) == len(PLACES)

        await sooner_or_later(warned)
        assert all(any(place in warning for warning in warnings) for place in PLACES)
        assert not any("bad" in warning for warning in warnings)
        told = await asyncio.to_thread(call, tmp_path, "doctor", port="0", secret="the secret of these tests")
        for title in ("the account 'bad'", "the setting 'authServer'", hook["id"], app["id"], "the consent"):
            assert title in told.stdout, (title, told.stdout)
        shown = await gateway.ask("GET", "/v1/settings?webhooksCustomHeaders=true&serviceUrl=true")
        assert (shown["unreadable"], shown["serviceUrl"]) == (["webhooksCustomHeaders"], lender["serviceUrl"])
        assert (await gateway.ask("GET", "/v1/oauth2"))["total"] == 1

        # Each is repaired by sending what is lost once more; the webhooks that waited for it go out.
        mail.append("good", b"Subject: while damaged\r\n\r\n")
        await gateway.ask("POST", "/v1/settings", {"webhooksCustomHeaders": header, "authServer": None})
        await gateway.ask("PUT", f"/v1/webhooks/{hook['id']}", {"url": receiver.url})
        await gateway.ask("PUT", f"/v1/oauth2/{app['id']}", {"clientSecret": "new"})
        await gateway.put("bad", {"imap": imap(mail, "bad")})
        await gateway.reaches("bad", "connected")
        await eventually(lambda: posted(receiver) == 2, 60)

        async def only_the_consent_is_left() -> bool:
            warnings[:] = (await gateway.ask("GET", "/health")).get("warnings", [])
            return len(warnings) == 1

        await sooner_or_later(only_the_consent_is_left)
        assert "consents" in warnings[0]
