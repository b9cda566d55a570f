"""Measures what a download does to new mail of the same account: the time from delivery to webhook.

The same is measured without a download, and beside a bare FETCH of the same data: that keeps the machine and the mail
server as busy, and the gateway has nothing to do with it.
"""

from __future__ import annotations

import asyncio
import base64
import os
import time
from collections.abc import Coroutine
from urllib.parse import quote

from bench.gateway import Gateway
from bench.raw_imap import RawImap
from bench.receiver import Receiver
from bench.report import at_most, percentile
from bench.subject import Subject
from tests.live.dovecot import Dovecot

_FOLDER = "Huge"
_SIZE = 60_000_000
_MESSAGES = 40
_EVERY = 0.25
_PATIENCE = 30.0
_AIM = at_most(50)


async def measure_beside(subject: Subject, user: str, raw: RawImap) -> None:
    """Deliver messages to the account `mail`: alone, and while 60 MB are fetched again and again, bare or by it."""
    dovecot, receiver, report = subject.dovecot, subject.receiver, subject.mail
    await asyncio.to_thread(_fill, dovecot, user)
    alone = await _latencies(dovecot, user, receiver, "alone")
    bare = await _while(_fetch(raw), _latencies(dovecot, user, receiver, "bare"))
    beside = await _while(_download(subject.gateway), _latencies(dovecot, user, receiver, "beside"))
    for percent in (50, 95):
        quiet, busy, loaded = (percentile(each, percent) for each in (alone, bare, beside))
        report.add(f"alone{percent}", f"webhook of new mail, alone: p{percent}", quiet, "ms")
        report.add(f"bare{percent}", f"the same beside a bare FETCH of 60 MB: p{percent}", busy, "ms")
        report.add(f"beside{percent}", f"the same beside a download of 60 MB: p{percent}", loaded, "ms")
        report.add(f"later{percent}", f"so much later than beside the FETCH: p{percent}", loaded - busy, "ms", _AIM)


async def _while(other: Coroutine[None, None, None], measured: Coroutine[None, None, list[float]]) -> list[float]:
    async with asyncio.TaskGroup() as group:
        beside = group.create_task(other)
        await asyncio.sleep(1.0)
        found = await measured
        beside.cancel()
    return found


async def _latencies(dovecot: Dovecot, user: str, receiver: Receiver, name: str) -> list[float]:
    """Return the milliseconds from each delivery to its webhook. Raises RuntimeError when one does not come."""
    sent: dict[str, float] = {}
    for number in range(_MESSAGES):
        subject = f"{name}-{number}"
        await asyncio.to_thread(dovecot.deliver, user, f"Subject: {subject}\r\n\r\nhello\r\n".encode())
        sent[subject] = time.monotonic()
        await asyncio.sleep(_EVERY)
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        arrived = {each.subject: each.at for each in receiver.requests}
        if sent.keys() <= arrived.keys():
            return [1000 * (arrived[subject] - at) for subject, at in sent.items()]
        await asyncio.sleep(0.1)
    raise RuntimeError("some messages were not announced")


async def _fetch(raw: RawImap) -> None:
    await raw.run(f"EXAMINE {_FOLDER}")
    while True:
        await raw.run("UID FETCH * BODY.PEEK[1]")


async def _download(gateway: Gateway) -> None:
    async with gateway.connection() as api:
        listed = await api.call("GET", f"/v1/account/mail/messages?path={_FOLDER}&pageSize=1")
        (attached,) = listed["messages"][0]["attachments"]
        request = api.prepare("GET", f"/v1/account/mail/attachment/{quote(attached['id'])}")
        while True:
            status, octets = await api.download(request)
            if (status, octets) != (200, _SIZE):
                raise RuntimeError(f"the attachment was answered {status} with {octets} octets")


def _fill(dovecot: Dovecot, user: str) -> None:
    content = base64.encodebytes(os.urandom(_SIZE)).replace(b"\n", b"\r\n")
    head = b"Subject: huge\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n"
    with dovecot.side_door(user) as session:
        session.create(_FOLDER)
        session.append(_FOLDER, "", "", head + b"Content-Disposition: attachment\r\n\r\n" + content)
