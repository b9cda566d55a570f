"""Measures the first sync of a large folder: time, CPU, memory, and what is stored for each message."""

from __future__ import annotations

import asyncio
import imaplib
import sqlite3
import time
from contextlib import closing

from bench.gateway import Gateway
from bench.processes import Stopwatch, shared_out_bytes
from bench.report import at_most
from bench.subject import Subject
from tests.live.dovecot import Dovecot

_SEED = 500
_LIMIT = 600.0
_MESSAGE = b"From: ann@example.test\r\nTo: bob@example.test\r\nSubject: message\r\n\r\nhello\r\n"
_STORED = """
SELECT SUM(LENGTH(mailbox_chunks.data)), SUM(mailbox_chunks.messages) FROM mailbox_chunks
JOIN mailboxes ON mailboxes.id = mailbox_chunks.mailbox_id
JOIN accounts ON accounts."key" = mailboxes.account_key WHERE accounts.account = ?
"""


async def measure_first_sync(subject: Subject) -> None:
    """Register an account for each size asked for, and wait until it is connected: its folder is known then."""
    for count in subject.options.first_sync:
        await _measure(subject, count)


async def _measure(subject: Subject, count: int) -> None:
    gateway, dovecot, report = subject.gateway, subject.dovecot, subject.report
    user = subject.mailbox(f"big{count}")
    await asyncio.to_thread(_fill, dovecot, user, count)
    before = shared_out_bytes(gateway.pid)
    watch = Stopwatch.start(gateway.pid)
    auth = {"user": user, "pass": dovecot.password}
    server = {"host": dovecot.host, "port": dovecot.port, "secure": False, "auth": auth}
    await gateway.call("POST", "/v1/account", {"account": user, "name": "Big", "imap": server})
    await _connected(gateway, user)
    wall, cpu = watch.wall, watch.cpu
    what = f"first sync of {count:,} messages"
    report.add(f"firstSync{count}", what, wall, "s", at_most(2.0 * count / 20_000))
    report.cpu(f"firstSyncCpu{count}", f"{what}: CPU", cpu, "s")
    grown = (shared_out_bytes(gateway.pid) - before) / 1024**2
    report.add(f"firstSyncMemory{count}", f"{what}: memory more than before", grown, "MiB")
    if subject.postgres is None:
        report.add(f"stored{count}", f"{what}: stored for each", _stored(gateway, user, count), "bytes")


async def _connected(gateway: Gateway, account: str) -> None:
    deadline = time.monotonic() + _LIMIT
    async with gateway.connection() as api:
        while (found := await api.call("GET", f"/v1/account/{account}"))["state"] != "connected":
            if time.monotonic() > deadline:
                raise RuntimeError(f"{account} is {found['state']} after {_LIMIT:.0f} s: {found.get('lastError')}")
            await asyncio.sleep(0.02)


def _fill(dovecot: Dovecot, user: str, count: int) -> None:
    """A folder that looks real: most of it read, some flagged, UIDs with gaps. Copies are quicker than uploads."""
    dovecot.deliver(user, _MESSAGE, copies=min(_SEED, count))
    with dovecot.side_door(user) as session:
        session.select("INBOX")
        there = min(_SEED, count)
        while there < count:
            more = min(there, count - there)
            _done(session.copy(f"1:{more}", "INBOX"))
            there += more
        _done(session.store(f"1:{count * 9 // 10}", "+FLAGS.SILENT", "(\\Seen)"))
        flagged = ",".join(str(number) for number in range(50, count, max(50, count // 400)))
        _done(session.store(flagged, "+FLAGS.SILENT", "(\\Flagged)"))


def _done(answer: tuple[str, list[bytes]]) -> None:
    if answer[0] != "OK":
        raise imaplib.IMAP4.error(answer)


def _stored(gateway: Gateway, account: str, count: int) -> float:
    with closing(sqlite3.connect(f"file:{gateway.database_file}?mode=ro", uri=True)) as connection:
        size, messages = connection.execute(_STORED, (account,)).fetchone()
    if messages != count:
        raise RuntimeError(f"{messages} of {count} messages are known after the first sync")
    return float(size) / count
