"""Measures the mail itself: pages, a message, an attachment, a search, beside a bare FETCH of the same data."""

from __future__ import annotations

import asyncio
import base64
import imaplib
import os
import time
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from bench.beside import measure_beside
from bench.connection import HttpConnection
from bench.gateway import Gateway
from bench.mail_lists import PageBench
from bench.mailserver import account_id, letter
from bench.processes import Stopwatch, shared_out_bytes
from bench.raw_imap import RawImap
from bench.report import Report, at_least, at_most, percentile
from bench.subject import Subject
from tests.live.dovecot import Dovecot

_MESSAGES = 20_000
_KINDS = 100
_PAGE = 100
_ATTACHMENT = 10 * 2**20
_LISTERS = 200
_WARM_UP = 5
_LIMIT = 120.0
_IDLE_CPU = 0.05


async def measure_mail(subject: Subject) -> None:
    """Register one account with a large folder, and ask for what callers ask for."""
    gateway, dovecot, report = subject.gateway, subject.dovecot, subject.mail
    user = subject.mailbox("mail")
    await asyncio.to_thread(_fill, dovecot, user)
    await _register(gateway, dovecot, user)
    await _at_rest(gateway)
    before = shared_out_bytes(gateway.pid)
    raw = await RawImap.open(dovecot.host, dovecot.port, user, dovecot.password)
    async with gateway.connection() as api:
        bench = _Mail(gateway, api, raw, report)
        await bench.lists()
        await bench.messages()
        await bench.search()
    await _attachment(gateway, raw, report)
    await measure_beside(subject, user, raw)
    raw.close()
    await _many_listers(subject)
    grown = (shared_out_bytes(gateway.pid) - before) / 2**20
    report.add("mailMemory", "mail: memory more than before", grown, "MiB", at_most(60))


class _Mail:
    def __init__(self, gateway: Gateway, api: HttpConnection, raw: RawImap, report: Report) -> None:
        self._gateway = gateway
        self._api = api
        self._raw = raw
        self._report = report
        self._seconds = report.options.request_seconds / 2

    async def lists(self) -> None:
        """The first page of 100 and the 100th, beside a bare FETCH."""
        pages = PageBench(self._gateway, self._api, self._raw, self._report)
        for page, name in ((0, "first"), (99, "hundredth")):
            await pages.measure(page, name, size=_PAGE, total=_MESSAGES)

    async def messages(self) -> None:
        """One message with its text."""
        listed = await self._api.call("GET", "/v1/account/mail/messages?path=INBOX&pageSize=1")
        path = f"/v1/account/mail/message/{listed['messages'][0]['id']}?textType=*"
        await self._p50("message", "message with text", path, 15.0)

    async def search(self) -> None:
        """A search by subject in 20,000 messages."""
        body = {"search": {"subject": "kind-7."}}
        path = "/v1/account/mail/search?path=INBOX&pageSize=20"
        bare = await self._raw_p50("EXAMINE INBOX", 'UID SEARCH SUBJECT "kind-7."')
        await self._p50("search", "search by subject", path, None, body)
        self._report.add("searchRaw", "search by subject: bare EXAMINE and SEARCH, p50", bare, "ms")

    async def _p50(self, key: str, what: str, path: str, aim: float | None, body: object = None) -> float:
        method = "GET" if body is None else "POST"

        async def ask() -> None:
            await self._api.call(method, path, body)

        watch = Stopwatch.start(self._gateway.pid)
        times = await self._timed(ask)
        cpu = watch.cpu / (len(times) + _WARM_UP) * 1000
        found = percentile(times, 50)
        self._report.add(f"{key}Time", f"{what}: p50", found, "ms", None if aim is None else at_most(aim))
        self._report.cpu(f"{key}Cpu", f"{what}: CPU each", cpu, "ms")
        return found

    async def _raw_p50(self, *commands: str) -> float:
        async def ask() -> None:
            for command in commands:
                await self._raw.run(command)

        return percentile(await self._timed(ask), 50)

    async def _timed(self, ask: Callable[[], Awaitable[None]]) -> list[float]:
        for _ in range(_WARM_UP):
            await ask()
        times: list[float] = []
        until = time.monotonic() + self._seconds
        while time.monotonic() < until:
            began = time.perf_counter()
            await ask()
            times.append((time.perf_counter() - began) * 1000)
        return times


async def _attachment(gateway: Gateway, raw: RawImap, report: Report) -> None:
    async with gateway.connection() as api:
        listed = await api.call("GET", "/v1/account/mail/messages?path=Big&pageSize=1")
        (attached,) = listed["messages"][0]["attachments"]
        path = f"/v1/account/mail/attachment/{quote(attached['id'])}"
        request = api.prepare("GET", path)
        await api.download(request)
        watch, rounds = Stopwatch.start(gateway.pid), 5
        for _ in range(rounds):
            status, octets = await api.download(request)
            if (status, octets) != (200, _ATTACHMENT):
                raise RuntimeError(f"the attachment was answered {status} with {octets} octets")
        wall, cpu = watch.wall / rounds, watch.cpu / rounds
    await raw.run("EXAMINE Big")
    began = time.perf_counter()
    await raw.run("UID FETCH * BODY.PEEK[2]")
    bare = time.perf_counter() - began
    megabytes = _ATTACHMENT / 1e6
    report.add("attachment", "10 MiB attachment", megabytes / wall, "MB/s", at_least(50))
    report.cpu("attachmentCpu", "10 MiB attachment: CPU", cpu * 1000, "ms")
    report.add("attachmentRaw", "10 MiB attachment: bare FETCH", megabytes / bare, "MB/s")


async def _many_listers(subject: Subject) -> None:
    """All accounts list their inboxes at once; each needs a session of its own first."""
    gateway, report = subject.gateway, subject.mail
    numbers = subject.numbers[:_LISTERS]
    count = len(numbers)
    watch = Stopwatch.start(gateway.pid)

    async def ask(number: int) -> bool:
        connection = await HttpConnection.open(gateway.base_url, gateway.token)
        try:
            path = f"/v1/account/{account_id(number)}/messages?path=INBOX"
            return (await connection.exchange(connection.prepare("GET", path)))[0] == 200
        finally:
            connection.close()

    answered = await asyncio.gather(*(ask(number) for number in numbers))
    wall, cpu = watch.wall, watch.cpu
    report.add("listers", f"{count} accounts list at once, cold sessions", wall, "s")
    report.cpu("listersCpu", f"{count} accounts list at once: CPU each", cpu / count * 1000, "ms")
    report.add("listersErrors", f"{count} accounts list at once: errors", answered.count(False), "", at_most(0))


async def _register(gateway: Gateway, dovecot: Dovecot, user: str) -> None:
    auth = {"user": user, "pass": dovecot.password}
    server = {"host": dovecot.host, "port": dovecot.port, "secure": False, "auth": auth}
    await gateway.call("POST", "/v1/account", {"account": "mail", "name": "Mail", "email": user, "imap": server})
    until = time.monotonic() + _LIMIT
    while (found := await gateway.call("GET", "/v1/account/mail"))["state"] != "connected":
        if time.monotonic() > until:
            raise RuntimeError(f"the account is {found['state']}: {found.get('lastError')}")
        await asyncio.sleep(0.05)


async def _at_rest(gateway: Gateway) -> None:
    """Wait until the gateway has done what it does after the connection: it indexes the folder for threads."""
    until = time.monotonic() + _LIMIT
    while time.monotonic() < until:
        watch = Stopwatch.start(gateway.pid)
        await asyncio.sleep(1)
        if watch.cpu < _IDLE_CPU:
            return
    raise RuntimeError("the gateway did not come to rest")


def _fill(dovecot: Dovecot, user: str) -> None:
    """20,000 messages of 100 kinds in INBOX, and one with an attachment of 10 MiB in a folder of its own."""
    with dovecot.side_door(user) as session:
        for kind in range(_KINDS):
            _done(session.append("INBOX", "(\\Seen)", "", letter(0, f"kind-{kind}.")))
        session.select("INBOX")
        there = _KINDS
        while there < _MESSAGES:
            more = min(there, _MESSAGES - there)
            _done(session.copy(f"1:{more}", "INBOX"))
            there += more
        _done(session.create("Big"))
        _done(session.append("Big", "", "", _big()))


def _big() -> bytes:
    content = base64.encodebytes(os.urandom(_ATTACHMENT)).replace(b"\n", b"\r\n")
    return (
        b"From: ada@example.test\r\nTo: bob@example.test\r\nSubject: big\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nSee the attachment.\r\n"
        b'--b\r\nContent-Type: application/octet-stream; name="big.bin"\r\nContent-Transfer-Encoding: base64\r\n'
        b'Content-Disposition: attachment; filename="big.bin"\r\n\r\n' + content + b"--b--\r\n"
    )


def _done(answer: tuple[str, list[bytes]]) -> None:
    if answer[0] != "OK":
        raise imaplib.IMAP4.error(answer)
