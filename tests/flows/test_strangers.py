"""What strangers say harms nobody: through real conversations, a secret in many writings among signs that command.

Each user's number says which writing of the secret the servers repeat to them.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
from contextlib import AsyncExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web

from postroom.words.strangers import WITHHELD
from tests.cli.postroom_program import call
from tests.fakes.imap_server import Behaviour, Command, FakeImapServer, Session, greet_with
from tests.fakes.openid_provider import Answer, OpenIdProvider
from tests.fakes.smtp_server import FakeSmtpServer
from tests.fakes.strangers import NASTY, UNFIT, leaks, writings
from tests.fakes.webhook_receiver import Exchange, WebhookReceiver, respond
from tests.flows.gateway import FAST, PATIENCE, Gateway, imap, sooner_or_later

SECRET = 'p4ss "w\\rd" <of> the stories & more'
CLIENT_SECRET = "client-s3cret-of-the-stories"
HEADER_SECRET = "header-s3cret-of-the-stories"
PROXY_SECRET = "proxy-s3cret-of-the-stories"
CHOSEN = (
    "in capitals",
    "backwards",
    "SASL PLAIN, one octet on",
    "hexadecimal with colons",
    "percent-encoded",
    "JSON in numbers",
    "HTML in numbers",
    "UTF-16 in base64",
)
NASTY_LINE = re.sub(r"[\r\n\0]", "", NASTY)
CLEANED = "]0;owned red clear * forged gnp.exe hidden [bold]loud[/bold]"


def said(name: str, secret: str = SECRET) -> str:
    """One line with signs that command, and the writing of the secret that this name stands for; none without one."""
    number = name.rpartition("-")[2]
    return f"{NASTY_LINE} {writings(secret)[CHOSEN[int(number)]]}" if number.isdecimal() else NASTY_LINE


def refusing(*names: str) -> Behaviour:
    """Refuse these commands in words that hold the secret."""

    async def refuse(session: Session, command: Command) -> None:
        await session.tagged(command, "NO", f"[X-CODE] {said(session.user or command.text(0))}")

    return Behaviour(on_command=dict.fromkeys(names, refuse))


async def bye(session: Session, _: Command) -> None:
    await session.line("+ idling")
    await session.line(f"* BYE {said(session.user or '')}")
    session.close()


async def introduce(session: Session, command: Command) -> None:
    quoted = said(session.user or "").replace("\\", "\\\\").replace('"', '\\"')
    await session.line(f'* ID ("name" "{quoted}" "version" "{NASTY_LINE}")')
    await session.tagged(command)


CAPABILITIES = ("IMAP4rev1", "ID", "IDLE")
GREETING = f"* OK [CAPABILITY IMAP4rev1 ID IDLE X\x1b[31mX] {said('-3')}"
STAGES = {
    "login": refusing("LOGIN"),
    "select": refusing("SELECT"),
    "list": refusing("LIST"),
    "idle": Behaviour(on_command={"IDLE": bye}),
    "told": greet_with(GREETING) | Behaviour(on_command={"ID": introduce}),
}
"""How the server of each stage misbehaves."""


def complaint(number: int) -> Answer:
    """An answer of a token endpoint that holds the secret of the application, in its code as well."""

    async def answer() -> web.Response:
        words = said(f"-{number}", CLIENT_SECRET)
        code = writings(CLIENT_SECRET)[CHOSEN[number]] if number % 2 else words
        return web.json_response({"error": code, "error_description": words}, status=400)

    return answer


def grumbling() -> Any:
    """A receiver that refuses each event in other words."""
    numbers = iter(range(10_000))

    async def answer(exchange: Exchange) -> None:
        words = said(f"-{next(numbers) % len(CHOSEN)}", HEADER_SECRET)
        await respond(422, f"{words}\r\n".encode())(exchange)

    return answer


async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A proxy that refuses in words that hold its password."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(f"HTTP/1.1 403 {said('-3', PROXY_SECRET)}\r\n\r\n".encode())
    await writer.drain()
    writer.close()


def texts(told: Any) -> list[str]:
    """Every text in an answer, at any depth."""
    if isinstance(told, dict):
        return [text for name, value in told.items() for text in (str(name), *texts(value))]
    return [text for each in told for text in texts(each)] if isinstance(told, list | tuple) else [str(told)]


async def what_is_told(gateway: Gateway, accounts: list[str], smtp: FakeSmtpServer, provider: OpenIdProvider) -> Any:
    """Whatever the API answers about these accounts, and of tries."""
    told: list[Any] = []
    for account in accounts:
        told += [await gateway.get(account), await gateway.timeline(account)]
        if account.endswith(("-0", "-3", "proxied")):
            told.append((await gateway.call("POST", f"{gateway.path(account)}/diagnosis")).body)
    for number in range(len(CHOSEN)):
        smtp.reply_with("AUTH", f"535 5.7.8 {said(f'-{number}')}")
        settings = {"host": smtp.host, "port": smtp.port, "secure": False, "auth": {"user": "u", "pass": SECRET}}
        told.append((await gateway.call("POST", "/v1/verifyAccount", {"smtp": settings})).body)
        if number == 0:
            told.append((await gateway.call("POST", "/v1/diagnosis", {"smtp": settings})).body)
        provider.next_answers(complaint(number))
        told.append((await gateway.call("POST", "/v1/oauth2/local/verify", {"testConnection": False})).body)
    for path in ("/v1/accounts?pageSize=1000", "/v1/events?limit=1000", "/v1/webhooks"):
        told.append(await gateway.ask("GET", path))
    for endpoint in told[-1]["webhooks"]:
        told.append(await gateway.ask("GET", f"/v1/webhooks/{endpoint['id']}"))
        told.append(await gateway.ask("GET", f"/v1/webhooks/{endpoint['id']}/deliveries"))
        told.append((await gateway.call("POST", f"/v1/webhooks/{endpoint['id']}/test")).body)
    return told


async def set_up(gateway: Gateway, servers: dict[str, FakeImapServer], hooks: WebhookReceiver) -> list[str]:
    """An account for each stage and each writing, and one whose server says what commands without a secret."""
    headers = [{"key": "X-Key", "value": f"Bearer {HEADER_SECRET}"}]
    await gateway.ask("POST", "/v1/webhooks", {"url": hooks.url, "customHeaders": headers})
    accounts = []
    for stage, server in servers.items():
        for user in ("clean", *(f"u-{number}" for number in range(len(CHOSEN)))):
            account = f"{stage}-{user}"
            await gateway.register(account, imap(server, user, SECRET))
            accounts.append(account)
    return accounts


async def provoked(gateway: Gateway, account: str) -> bool:
    """Whether the server of this account has said what it has to say."""
    seen = await gateway.get(account)
    return bool(seen["lastError"] or (account.startswith("told") and seen["state"] == "connected"))


async def listening(stack: AsyncExitStack) -> dict[str, FakeImapServer]:
    servers = {}
    for stage, behaviour in STAGES.items():
        server = await stack.enter_async_context(FakeImapServer(capabilities=CAPABILITIES, password=SECRET))
        server.behave(behaviour)
        servers[stage] = server
    return servers


async def test_nothing_that_strangers_say_gives_a_secret_away_or_commands_anything(tmp_path: Path) -> None:
    async with (
        AsyncExitStack() as stack,
        OpenIdProvider() as provider,
        FakeSmtpServer() as smtp,
        WebhookReceiver() as receiver,
        WebhookReceiver() as grumbler,
        await asyncio.start_server(talk, "127.0.0.1", 0) as proxy,
        Gateway(tmp_path) as gateway,
    ):
        servers = await listening(stack)
        grumbler.answer_with(grumbling())
        await gateway.post_webhooks_to(receiver.url)
        place = {"host": "127.0.0.1", "port": servers["told"].port}
        await gateway.ask("POST", "/v1/oauth2", provider.application(clientSecret=CLIENT_SECRET, imap=place))
        accounts = await set_up(gateway, servers, grumbler)
        url = f"http://user:{PROXY_SECRET}@127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
        await gateway.register("proxied", imap(servers["told"], "u-1", SECRET), proxy=url)
        accounts.append("proxied")
        provider.next_answers(*map(complaint, range(len(CHOSEN))))
        grant = {"accessToken": "old", "expires": "2020-01-01T00:00:00.000Z", "refreshToken": "some-refresh-token"}
        block = {"provider": "local", "auth": {"user": "u-1"}, **grant}
        await gateway.register("granted", place, oauth2=block)
        accounts.append("granted")
        for account in accounts:
            await sooner_or_later(partial(provoked, gateway, account), PATIENCE, account)
        told = await what_is_told(gateway, accounts, smtp, provider)
        examined = [
            await asyncio.to_thread(call, tmp_path, "doctor", account, secret=FAST["secret"], log_level="debug")
            for account in ("login-clean", "told-u-6", "proxied")
        ]
        printed = "".join(done.stdout + done.stderr for done in examined)
        posted = [request.json() for request in receiver.requests]
        assert await gateway.terminate() == 0
    with closing(sqlite3.connect(tmp_path / "data" / "postroom.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    stored = b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir()).decode("latin-1")
    places = {
        "API": "\n".join(texts(told)),
        "webhooks": "\n".join(texts(posted)),
        "log": "\n".join(gateway.log),
        "doctor": printed,
    }
    for name, text in places.items():
        assert CLEANED in text, name
        assert WITHHELD in text, name
        assert [line for line in text.splitlines() if UNFIT.search(line)] == [], name
    for name, text in {**places, "file": stored}.items():
        for secret in (SECRET, CLIENT_SECRET, HEADER_SECRET, PROXY_SECRET, "some-refresh-token"):
            assert leaks(text, secret) == [], (name, secret)
    assert {"authenticationError", "connectError"} <= {event["event"] for event in posted}
    by_account = {each.get("account"): each for each in told if isinstance(each, dict) and "lastError" in each}
    assert by_account["granted"]["lastError"]["tokenRequest"]["response"]["error_description"] == WITHHELD
    assert WITHHELD in by_account["proxied"]["lastError"]["response"]
    assert WITHHELD in by_account["told-u-1"]["server"]["id"]["name"]
    assert re.search(r"The receiver answered 422[^\n]*: \(the server's words", places["API"])
