"""The webhook receiver records requests exactly and answers as told, tested with aiohttp."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.fakes.certificates import server_certificate
from tests.fakes.webhook_receiver import (
    WebhookReceiver,
    close_half_way,
    drop,
    hang,
    huge_body,
    redirect,
    respond,
    retry_after,
)


@pytest.fixture
async def receiver() -> AsyncIterator[WebhookReceiver]:
    async with WebhookReceiver() as running:
        yield running


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        yield session


async def test_records_headers_exact_bytes_and_time(receiver: WebhookReceiver, client: aiohttp.ClientSession) -> None:
    before = time.monotonic()
    for body in (b'{ "event" :"one"}', b"not json"):
        async with client.post(receiver.url, data=body, headers={"X-Thing": "Value"}) as response:
            assert response.status == 200
    request = await receiver.wait_for(lambda request: request.json() == {"event": "one"})
    assert request.body == b'{ "event" :"one"}'
    assert (request.method, request.path, request.headers["x-thing"]) == ("POST", "/webhook", "Value")
    assert before <= request.at <= time.monotonic()
    assert [each.connection for each in receiver.requests] == [1, 1]
    assert len(await receiver.wait_for_count(2)) == 2


async def test_reads_chunked_bodies(receiver: WebhookReceiver, client: aiohttp.ClientSession) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"one "
        yield b"two"

    async with client.post(receiver.url, data=pieces()):
        pass
    assert receiver.requests[0].body == b"one two"


async def test_answers_take_turns_then_the_standing_one_and_the_paths(
    receiver: WebhookReceiver, client: aiohttp.ClientSession
) -> None:
    receiver.answer_with(respond(204))
    receiver.answer_with(respond(410), path="/gone")
    receiver.next_answers(respond(500, b"broken"), retry_after(7), redirect("http://elsewhere.test/"))
    seen = []
    for path in ("/", "/", "/", "/", "/gone"):
        async with client.post(receiver.url_for(path), allow_redirects=False) as response:
            seen.append((response.status, response.headers.get("Retry-After"), response.headers.get("Location")))
    assert seen == [
        (500, None, None),
        (503, "7", None),
        (302, None, "http://elsewhere.test/"),
        (204, None, None),
        (410, None, None),
    ]


async def test_delay(receiver: WebhookReceiver, client: aiohttp.ClientSession) -> None:
    receiver.answer_with(respond(delay=0.1))
    began = time.monotonic()
    async with client.post(receiver.url):
        pass
    assert time.monotonic() - began > 0.09


async def test_no_answer_at_all(receiver: WebhookReceiver, client: aiohttp.ClientSession) -> None:
    # aiohttp retries on a dropped keep-alive connection, so every request is dropped.
    receiver.answer_with(drop())
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.post(receiver.url)
    receiver.answer_with(hang())
    with pytest.raises(TimeoutError):
        await client.post(receiver.url, timeout=aiohttp.ClientTimeout(total=0.1))


async def test_body_ends_too_soon(receiver: WebhookReceiver, client: aiohttp.ClientSession) -> None:
    receiver.answer_with(close_half_way())
    async with client.post(receiver.url) as response:
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()


async def test_huge_body_is_announced_and_need_not_be_read(
    receiver: WebhookReceiver, client: aiohttp.ClientSession
) -> None:
    receiver.answer_with(huge_body())
    async with client.post(receiver.url) as response:
        assert response.headers["Content-Length"] == str(2**40)
        assert await response.content.readexactly(100_000) == b"x" * 100_000


async def test_stop_and_start_on_the_same_port(receiver: WebhookReceiver, client: aiohttp.ClientSession) -> None:
    await receiver.stop()
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.post(receiver.url)
    await receiver.start()
    async with client.post(receiver.url) as response:
        assert response.status == 200


async def test_tls(client: aiohttp.ClientSession) -> None:
    context = server_certificate().client_context()
    async with WebhookReceiver(tls=True) as receiver, client.post(receiver.url, ssl=context) as response:
        assert response.status == 200


async def test_waiting_in_vain_says_what_did_come(receiver: WebhookReceiver, client: aiohttp.ClientSession) -> None:
    async with client.post(receiver.url, data=b'{"event":"other"}'):
        pass
    with pytest.raises(AssertionError, match="other"):
        await receiver.wait_for(lambda request: False, timeout=0.05)
