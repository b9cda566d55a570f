"""What is told is true: states after half of the servers died, and no secret anywhere it does not belong."""

from __future__ import annotations

import asyncio
import base64
import re
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.imap.command import Command
from tests.fakes.imap.session import Session
from tests.fakes.imap_server import Behaviour, FakeImapServer
from tests.fakes.waiting import eventually
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import TOKEN, Gateway, imap, names_of

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def listed(gateway: Gateway, state: str) -> set[str]:
    answer = await gateway.ask("GET", f"/v1/accounts?state={state}&pageSize=1000")
    assert answer["total"] == len(answer["accounts"])
    assert {each["state"] for each in answer["accounts"]} <= {state}
    return {each["account"] for each in answer["accounts"]}


async def metered(gateway: Gateway) -> dict[str, int]:
    """The accounts by state, as /metrics tells."""
    text = await gateway.ask("GET", "/metrics")
    counted: Counter[str] = Counter()
    for labels, count in re.findall(r"^postroom_accounts\{(.*)\} (\d+)", text, re.MULTILINE):
        (state,) = re.findall(r'state="(\w+)"', labels)
        counted[state] += int(count)
    return {state: count for state, count in counted.items() if count}


async def test_half_of_the_servers_die_and_every_answer_agrees(
    gateway: Gateway, receiver: WebhookReceiver, mail: FakeImapServer
) -> None:
    lucky, unlucky = [f"lucky{n}" for n in range(15)], [f"unlucky{n}" for n in range(15)]
    async with FakeImapServer() as doomed:
        for account in lucky:
            await gateway.register(account, imap(mail, account))
        for account in unlucky:
            await gateway.register(account, imap(doomed, account))
        for account in [*lucky, *unlucky]:
            await gateway.reaches(account, "connected")
        await doomed.stop()

        failed = {"connectError", "connecting", "disconnected"}
        for account in unlucky:
            await gateway.when(account, lambda seen: seen["state"] == "connectError", "told as failed", 10)
        # From here on none of them may ever be told as connected, whoever is asked.
        for _ in range(10):
            assert await listed(gateway, "connected") == set(lucky)
            details = {account: await gateway.get(account) for account in unlucky}
            assert {each["state"] for each in details.values()} <= failed
            assert {each["health"] for each in details.values()} <= {"failing", "recovering"}
            assert {each["connections"] for each in details.values()} == {0}
            assert all(each["lastError"]["serverResponseCode"] for each in details.values())
            metrics = await metered(gateway)
            assert metrics["connected"] == len(lucky)
            assert sum(metrics.values()) == 30
        assert {(await gateway.get(account))["state"] for account in lucky} == {"connected"}
        assert mail.statistics.connections == len(lucky)
        await eventually(lambda: all(names_of(receiver, each).count("connectError") == 1 for each in unlucky))
        assert all(names_of(receiver, each).count("accountInitialized") == 1 for each in [*lucky, *unlucky])

        await doomed.start()
        for account in unlucky:
            await gateway.reaches(account, "connected")
        assert await metered(gateway) == {"connected": 30}
        by_event = Counter(name for each in unlucky for name in names_of(receiver, each))
        assert by_event["accountInitialized"] == len(unlucky)


SECRETS = {
    "imap": 'imap-Secret "quoted" \\word',
    "smtp": "smtp-Secret-word",
    "token": "oauth2-Access-Token-secret",
    "refresh": "oauth2-Refresh-Token-secret",
    "service": "service-Secret-of-signatures",
    "header": "header-Secret-of-webhooks",
}


def traces(secret: str) -> set[str]:
    """How a secret might show itself: as it is, quoted, or in base64, alone or as SASL sends it."""
    shown = {secret, secret.replace("\\", "\\\\").replace('"', '\\"')}
    for text in (secret, f"\0leaky\0{secret}", f"user=leaky\1auth=Bearer {secret}\1\1"):
        shown.add(base64.b64encode(text.encode()).decode().rstrip("="))
    return shown


async def echo(session: Session, command: Command) -> None:
    """A server that repeats in its answer what it was sent."""
    words = " ".join(str(argument) for argument in command.arguments)
    await session.line(f"* NO I was told {words}")
    await session.tagged(command, "NO", f"[AUTHENTICATIONFAILED] not with {words}")


async def everything_told(gateway: Gateway, accounts: list[str]) -> str:
    """Whatever the API answers about these accounts, and about their mistakes."""
    told: list[Any] = [await gateway.ask("GET", "/v1/accounts?pageSize=1000")]
    for account in accounts:
        told += [await gateway.get(account), await gateway.timeline(account)]
    told += [await gateway.ask("GET", path) for path in ("/v1/tokens", "/metrics")]
    told += [await gateway.ask("GET", "/v1/settings?webhooks=true&serviceSecret=true&webhooksCustomHeaders=true")]
    wrong = {"account": 5, "imap": {"auth": {"user": "leaky", "pass": SECRETS["imap"]}, "nonsense": True}}
    told += [(await gateway.call("POST", "/v1/account", wrong)).body]
    told += [(await gateway.call("PUT", gateway.path(accounts[0]), {"smtp": SECRETS["smtp"]})).body]
    return repr(told)


async def test_no_secret_in_any_log_answer_event_or_file(
    tmp_path: Path, mail: FakeImapServer, receiver: WebhookReceiver
) -> None:
    refusing = Behaviour(on_command={"LOGIN": echo, "AUTHENTICATE": echo})
    async with Gateway(tmp_path) as gateway, FakeImapServer() as echoing:
        echoing.behave(refusing)
        await gateway.post_webhooks_to(receiver.url)
        headers = [{"key": "X-Auth", "value": SECRETS["header"]}]
        await gateway.ask("POST", "/v1/settings", {"serviceSecret": SECRETS["service"]})
        mail.world.passwords["leaky"] = SECRETS["imap"]
        smtp = {"host": "127.0.0.1", "port": 1, "auth": {"user": "leaky", "pass": SECRETS["smtp"]}}
        oauth2 = {
            "provider": "other",
            "auth": {"user": "leaky"},
            "accessToken": SECRETS["token"],
            "refreshToken": SECRETS["refresh"],
        }
        server = {"host": echoing.host, "port": echoing.port, "secure": False}
        await gateway.register("good", imap(mail, "leaky", SECRETS["imap"]), smtp=smtp, webhooksCustomHeaders=headers)
        await gateway.register("echoed", imap(echoing, "leaky", SECRETS["imap"]))
        await gateway.register("bearer", server, oauth2=oauth2)
        await gateway.reaches("good", "connected")
        await gateway.reaches("echoed", "authenticationError")
        await gateway.reaches("bearer", "authenticationError")
        verified = await gateway.call(
            "POST",
            "/v1/account?verify=true",
            {"account": "v", "name": "V", "imap": imap(echoing, "leaky", SECRETS["imap"])},
        )
        assert verified.status == 400
        issued = await gateway.ask("POST", "/v1/tokens", {"description": "scanned", "scopes": ["api"]})
        await gateway.delete("echoed")
        await eventually(lambda: "accountDeleted" in names_of(receiver, "echoed"))

        told = await everything_told(gateway, ["good", "bearer"])
        posted = repr([(request.path, request.json()) for request in receiver.requests])
        assert await gateway.terminate() == 0
    with closing(sqlite3.connect(tmp_path / "data" / "postroom.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    stored = b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir()).decode("latin-1")
    logged = "\n".join(gateway.log)
    assert "signed in" in stored, "the file is not what this test thinks it is"
    for name, place in {"log": logged, "API": told, "webhooks": posted + repr(verified.body), "file": stored}.items():
        for kind, secret in {**SECRETS, "issued": issued["token"], "prepared": TOKEN}.items():
            for trace in traces(secret):
                assert trace not in place, (
                    f"{kind} secret in the {name}: {place[max(0, place.find(trace) - 80) :][:200]}"
                )


async def test_accounts_of_a_dead_server_are_no_burden_to_others(
    gateway: Gateway, receiver: WebhookReceiver, mail: FakeImapServer
) -> None:
    async with FakeImapServer() as gone:
        await gone.stop()
        names = [f"gone{number}" for number in range(50)]
        await asyncio.gather(*(gateway.register(name, imap(gone, "gone")) for name in names))
        await gateway.register("quick", imap(mail, "quick"))
        await gateway.reaches("quick", "connected")
        for name in names:
            await gateway.when(name, lambda seen: seen["lastError"], "failed")
        mail.append("quick", b"Subject: not held up\r\n\r\n")
        await eventually(lambda: "messageNew" in names_of(receiver, "quick"))
        assert not await listed(gateway, "connected") & set(names)
        assert mail.statistics.connections == 1
