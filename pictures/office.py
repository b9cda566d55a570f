"""Fills an installation for the pictures: accounts over the API, and what happened since as rows of the stores."""

from __future__ import annotations

import random
from functools import partial
from typing import Any, Final, cast

import sqlalchemy as sa

from pictures.lives import HOUR, MINUTE, life_of
from pictures.people import LETTERS, PEOPLE, STAR, Invented
from postroom.accounts.journal import record
from postroom.accounts.lifecycle import State
from postroom.accounts.model import Lease
from postroom.clock import iso, now_ms
from postroom.events.log import append
from postroom.events.types import MessageNew
from postroom.mail.shapes import MessageObject
from postroom.statistics import store as statistics
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import account_status, accounts, deliveries, mailboxes, nodes, webhook_endpoints
from tests.web.dashboard.desk_site import DeskSite

__all__ = ["TOKEN", "fill"]

TOKEN: Final = "the operator's own token"
_NODE: Final = "mail-1"
_WAITING: Final = 46
_FOLDERS: Final = (
    ("INBOX", "\\Inbox", 2_904),
    ("Archive", "\\Archive", 6_311),
    ("Clients", None, 1_187),
    ("Clients/Spring campaign", None, 212),
    ("Drafts", "\\Drafts", 6),
    ("Junk", "\\Junk", 93),
    ("Receipts", None, 418),
    ("Sent", "\\Sent", 1_320),
    ("Trash", "\\Trash", 29),
)


async def fill(site: DeskSite) -> None:
    """Register everybody, and let a day of mail have passed."""
    now, dice = now_ms(), random.Random(7)
    for person in PEOPLE:
        await _register(site, person)
    failing = await _call(site, "/v1/webhooks", _endpoint("Data warehouse", "https://warehouse.example/in"))
    await _call(site, "/v1/webhooks", _endpoint("Customer records", "https://crm.example/mail"))
    await site.db.write(partial(_write, now=now, dice=dice, failing=str(failing["id"])))


async def _register(site: DeskSite, person: Invented) -> None:
    sign_in = {"user": person.email, "pass": "not shown anywhere"}
    imap = {"host": person.host, "port": 993, "secure": True, "auth": sign_in}
    smtp = {"host": person.host.replace("imap.", "smtp."), "port": 465, "secure": True, "auth": sign_in}
    body = {"account": person.account, "name": person.name, "email": person.email, "imap": imap, "smtp": smtp}
    await _call(site, "/v1/account", {**body, "metadata": {"plan": "team"}})


async def _call(site: DeskSite, path: str, body: dict[str, Any]) -> Any:
    async with (
        site.stranger(authorization=f"Bearer {TOKEN}") as program,
        program.http.post(site.base + path, json=body) as answer,
    ):
        answer.raise_for_status()
        return await answer.json()


def _endpoint(description: str, url: str) -> dict[str, Any]:
    return {"description": description, "url": url, "events": ["messageNew"]}


def _write(conn: Connection, now: int, dice: random.Random, failing: str) -> None:
    for number, person in enumerate(PEOPLE):
        _live(conn, person, now, dice.randrange(HOUR), number)
    _receive(conn, now)
    _count(conn, now, dice)
    _break_endpoint(conn, failing, now)
    for name, started in ((_NODE, 31 * HOUR), ("mail-2", 30 * HOUR)):
        row = {"id": name, "host": name, "version": "0.1.0", "started_at": now - started, "heartbeat_at": 2**45}
        conn.execute(sa.insert(nodes), {**row, "accounts": len(PEOPLE) // 2})


def _live(conn: Connection, person: Invented, now: int, spread: int, number: int) -> None:
    key = _key(conn, person)
    registered = now - (40 + 3 * (len(PEOPLE) - number)) * 24 * HOUR - spread
    conn.execute(sa.update(accounts).where(accounts.c.key == key).values(owner=_NODE, created_at=registered))
    for report in life_of(person, now, spread):
        record(conn, Lease(key, person.account, _NODE, 0, 1), report)
    known = {"messageNew": 180 + spread // 4_000, "messageSent": 20 + spread // 30_000}
    conn.execute(sa.update(account_status).where(account_status.c.account_key == key).values(counters=known))
    # What has been in sync is looked at again on schedule, whether or not anything happened.
    looked = {"sync_time": now - MINUTE - spread // 4}
    connected = sa.and_(accounts.c.key == key, accounts.c.state == State.CONNECTED.value)
    conn.execute(sa.update(accounts).where(connected).values(looked))


def _receive(conn: Connection, now: int) -> None:
    """Let the star have folders, and get the letters, the newest a minute ago."""
    key = _key(conn, STAR)
    for path, role, messages in _FOLDERS:
        folder = {"account_key": key, "path": path, "delimiter": "/", "attributes": [], "special_use": role}
        seen = {"uidvalidity": 1, "uidnext": messages + 1, "messages": messages, "synced_at": now - MINUTE}
        conn.execute(sa.insert(mailboxes), {**folder, **seen})
    for number, (sender, subject) in reversed(list(enumerate(LETTERS))):
        at = now - MINUTE - number * 9 * MINUTE
        address = f"{sender.lower().replace(' ', '.')}@example.com"
        message = {"id": f"AAAAAQAAC{number}", "subject": subject, "from": {"name": sender, "address": address}}
        letter = cast(MessageObject, {**message, "date": iso(at)})
        append(conn, key, STAR.account, [MessageNew("INBOX", "\\Inbox", letter)], at)


def _count(conn: Connection, now: int, dice: random.Random) -> None:
    """Count an hour of traffic: it rises and falls, and some deliveries fail since the endpoint does."""
    this_minute = now - now % MINUTE
    for minute in range(60):
        ago = 59 - minute
        new = 34 + minute // 6 + dice.randrange(18)
        failed = dice.randrange(2, 6) if ago < 22 else 0
        numbers = {
            "events:messageNew": new,
            "events:messageUpdated": 12 + dice.randrange(14),
            "events:messageDeleted": dice.randrange(5),
            "deliveries:delivered": 2 * new - failed,
            "deliveries:retry": failed,
            "submissions:sent": 4 + dice.randrange(8),
            "submissions:deferred": int(dice.random() < 0.12),
        }
        at = this_minute - ago * MINUTE
        statistics.add(conn, {(at, name): number for name, number in numbers.items() if number})


def _break_endpoint(conn: Connection, endpoint: str, now: int) -> None:
    """Let an endpoint answer 503 for a while, so that deliveries wait for it."""
    since = now - 22 * MINUTE
    message = "The receiver answered 503 Service Unavailable"
    error = {"message": message, "time": iso(now - 40_000), "statusCode": 503, "event": "messageNew"}
    health = {"failures": 9, "failing_since": since, "paused_until": now + MINUTE, "last_error": error}
    conn.execute(sa.update(webhook_endpoints).where(webhook_endpoints.c.id == endpoint).values(health))
    key = _key(conn, STAR)
    for number in range(_WAITING):
        row = {"endpoint": endpoint, "lane": key, "event_seq": number + 1, "account_key": key, "size": 900}
        told = {"account": STAR.account, "type": "messageNew", "created_at": since + number * 20_000}
        conn.execute(sa.insert(deliveries), {**row, **told})


def _key(conn: Connection, person: Invented) -> int:
    query = sa.select(accounts.c.key).where(accounts.c.account == person.account)
    return int(conn.execute(query).scalar_one())
