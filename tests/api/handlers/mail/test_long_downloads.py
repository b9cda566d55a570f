"""Long downloads at a real Dovecot: memory, other calls beside them, slow readers, and clients that hang up."""

from __future__ import annotations

import asyncio
import base64
import email.message
import email.policy
import gc
import random
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

import aiohttp
import pytest

from postroom.mail.ids import attachment_id, message_id
from tests.api.conftest import Client
from tests.api.handlers.mail.conftest import connect
from tests.api.handlers.mail.test_downloads import download, numbered
from tests.fakes.waiting import eventually
from tests.live.dovecot import Dovecot

pytestmark = pytest.mark.long

SIZE = 60_000_000
MOST_MEMORY = 1024 * 1024
LONGEST_TURN = 0.05
_HEAD = b"Subject: s\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
_PART = b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"


def block(size: int) -> bytes:
    """Return content of this size that repeats a block, so that it need not be held."""
    one = random.Random(2).randbytes(57_000)
    return (one * (size // len(one) + 1))[:size]


def message_of(size: int) -> bytes:
    """Return a message with a short text, and an attachment of this size."""
    text = b"--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n"
    encoded = base64.encodebytes(block(size)).replace(b"\n", b"\r\n")
    return _HEAD + text + b"--b\r\n" + _PART + encoded + b"--b--\r\n"


@dataclass(frozen=True)
class Large:
    """A client, and the address of an attachment and of a source below the account `a`."""

    client: Client
    attachment: str
    text: str

    @property
    def url(self) -> str:
        return f"{self.client.base}/v1/account/a/{self.attachment}"

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.client.token}"}


@pytest.fixture(scope="module")
def longest(dovecot: Dovecot) -> str:
    """A user with a message of 60 MB, which is delivered once: that costs more than a test of it."""
    dovecot.deliver("longest", message_of(SIZE))
    return "longest"


async def prepare(client: Client, dovecot: Dovecot, user: str, size: int) -> Large:
    await asyncio.to_thread(dovecot.deliver, user, message_of(size))
    return await open_mail(client, dovecot, user)


async def open_mail(client: Client, dovecot: Dovecot, user: str) -> Large:
    await connect(client, dovecot.port, user)
    number = await numbered(client)
    return Large(client, f"attachment/{attachment_id(number, 1, '2')}", f"attachment/{attachment_id(number, 1, '1')}")


async def read(large: Large, *, pause: Callable[[int], Awaitable[None]] | None = None) -> int:
    """Read the attachment without keeping it; return its size."""
    total = 0
    async with large.client.session.get(large.url, headers=large.headers) as response:
        assert response.status == 200
        while piece := await response.content.read(64 * 1024):
            total += len(piece)
            if pause is not None:
                await pause(total)
    return total


async def curl(large: Large) -> int:
    """Read the attachment in a process of its own; return its size."""
    header = f"Authorization: Bearer {large.client.token}"
    process = await asyncio.create_subprocess_exec(
        *("curl", "-s", "-o", "/dev/null", "-w", "%{size_download}", "-H", header, large.url),
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate()
    return int(told)


@pytest.fixture(autouse=True)
def _circles_are_collected_soon() -> Iterator[None]:
    """What hangs together in circles counts as memory until it is collected, which the other tests do seldom."""
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*before)


async def load_everything(large: Large) -> None:
    """Download a part, so that what is made once is there when memory is counted."""
    part = await download(large.client, large.attachment, range="bytes=0-2999999")
    assert len(part.body) == 3_000_000


async def peak(work: Callable[[], Awaitable[int]]) -> tuple[int, int]:
    """Return the memory that `work` takes at its worst and keeps at its end, in octets."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        assert await work() == SIZE
        after, highest = tracemalloc.get_traced_memory()
        return highest - before, after - before
    finally:
        tracemalloc.stop()


def busy(client: Client) -> list[object]:
    """Return the lent sessions that somebody has."""
    return [loan for loan in client.api.quotas.borrowing.pool.places._loans if not loan.is_idle]


async def test_a_download_of_60_mb_takes_a_mebibyte_at_most(client: Client, dovecot: Dovecot, longest: str) -> None:
    large = await open_mail(client, dovecot, longest)
    await load_everything(large)
    highest, kept = await peak(lambda: curl(large))
    assert highest < MOST_MEMORY
    assert kept < MOST_MEMORY // 4


async def test_twenty_downloads_keep_nothing(client: Client, dovecot: Dovecot) -> None:
    large = await prepare(client, dovecot, "memory2", 3_000_000)
    for _ in range(3):
        await curl(large)
    tracemalloc.start()
    try:
        await curl(large)
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(20):
            assert await curl(large) == 3_000_000
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < MOST_MEMORY // 4


async def test_every_octet_is_right(client: Client, dovecot: Dovecot) -> None:
    large = await prepare(client, dovecot, "octets", 5_000_000)
    content = block(5_000_000)
    whole = await download(client, large.attachment)
    assert whole.body == content
    part = await download(client, large.attachment, range="bytes=2345678-3456789")
    assert (part.status, part.body == content[2345678:3456790]) == (206, True)
    source = large.attachment.replace("attachment/", "message/")[: len("message/") + 11] + "/source"
    assert (await download(client, source)).body == message_of(5_000_000)


async def test_a_slow_reader_holds_little_and_delays_nobody(client: Client, dovecot: Dovecot, longest: str) -> None:
    large = await open_mail(client, dovecot, longest)
    await load_everything(large)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        reader, writer = await asyncio.open_connection(*client.base.removeprefix("http://").split(":"), limit=1024)
        writer.write(
            f"GET /v1/account/a/{large.attachment} HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {client.token}\r\n\r\n".encode()
        )
        assert await reader.readexactly(15) == b"HTTP/1.1 200 OK"
        for _ in range(5):
            await reader.readexactly(1024)
            small = await download(client, large.text)
            assert small.body == b"hello"
        now, highest = tracemalloc.get_traced_memory()
        writer.close()
    finally:
        tracemalloc.stop()
    assert now - before < MOST_MEMORY
    assert highest - before < 2 * MOST_MEMORY
    await eventually(lambda: not busy(client), what="the place is free again")


async def test_another_call_waits_for_no_download(client: Client, dovecot: Dovecot, longest: str) -> None:
    large = await open_mail(client, dovecot, longest)
    async with asyncio.TaskGroup() as group:
        long = group.create_task(curl(large))
        turns: list[float] = []
        before = time.thread_time()
        calls = 0
        while not long.done():
            await asyncio.sleep(0.005)
            now = time.thread_time()
            turns.append(now - before)
            before = now
            if len(turns) % 20 == 0:
                assert (await download(client, large.text)).body == b"hello"
                calls += 1
                before = time.thread_time()
    assert calls > 1
    assert max(turns) < LONGEST_TURN


async def test_clients_that_hang_up_leave_their_places(client: Client, dovecot: Dovecot) -> None:
    large = await prepare(client, dovecot, "hangup", 5_000_000)

    async def hang_up(after: int) -> None:
        async with client.session.get(large.url, headers={**large.headers, "x-ee-timeout": "60000"}) as response:
            assert response.status == 200
            await response.content.readexactly(after)
            response.close()

    await asyncio.gather(*(hang_up(1 + 1_000 * number) for number in range(50)))
    assert (await download(client, large.text)).body == b"hello"
    assert await read(large) == 5_000_000
    await eventually(lambda: not busy(client), what="no place is taken any more")


async def test_a_lost_mail_server_breaks_the_answer(client: Client, dovecot: Dovecot) -> None:
    large = await prepare(client, dovecot, "lost", 30_000_000)

    async def cut(total: int) -> None:
        if total >= 1_000_000:
            await asyncio.to_thread(dovecot.kill_connections, "lost", abruptly=True)

    with pytest.raises(aiohttp.ClientPayloadError):
        await read(large, pause=cut)
    assert await read(large) == 30_000_000


def hard_mail() -> bytes:
    """Return a message that holds a message with an attachment, winmail.dat, a text, and an empty file."""
    inner = email.message.EmailMessage(policy=email.policy.SMTP)
    inner["Subject"] = "inner"
    inner.set_content("inner text\r\n")
    inner.add_attachment(b"\x00\x01\x02" * 100, maintype="application", subtype="octet-stream", filename="in.bin")
    outer = email.message.EmailMessage(policy=email.policy.SMTP)
    outer["Subject"] = "outer"
    outer.set_content("Grüße", charset="iso-8859-1", cte="quoted-printable")
    outer.add_attachment(inner)
    outer.add_attachment(b"\x78\x9f\x3e\x22tnef", maintype="application", subtype="ms-tnef", filename="winmail.dat")
    outer.add_attachment(b"", maintype="application", subtype="pdf", filename="Angebot für \u202eМосква.pdf")
    return outer.as_bytes()


async def test_hard_mail(client: Client, dovecot: Dovecot) -> None:
    message = hard_mail()
    await asyncio.to_thread(dovecot.deliver, "hard", message)
    await connect(client, dovecot.port, "hard")
    number = await numbered(client)

    async def part(section: str) -> tuple[str, str, bytes]:
        found = await download(client, f"attachment/{attachment_id(number, 1, section)}")
        assert found.status == 200
        return found.headers["content-type"], found.headers["content-disposition"], found.body

    assert await part("1") == (
        "text/plain; charset=iso-8859-1",
        'attachment; filename="attachment"',
        b"Gr\xfc\xdfe\r\n",
    )
    kind, disposition, body = await part("2")
    assert (kind, disposition) == ("message/rfc822", 'attachment; filename="message.eml"')
    assert body.startswith(b"Subject: inner\r\n")
    assert (await part("2.2"))[2] == b"\x00\x01\x02" * 100
    assert (await part("3"))[1:] == ('attachment; filename="winmail.dat"', b"\x78\x9f\x3e\x22tnef")
    kind, disposition, body = await part("4")
    assert body == b""
    assert disposition.startswith("attachment; filename=\"Angebot f_r ______.pdf\"; filename*=UTF-8''Angebot%20f%C3%BC")
    assert "%E2%80%AE" not in disposition
    source = await download(client, f"message/{message_id(number, 1)}/source")
    assert source.body == message
