"""One request: what each way of failing is called."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LOCALHOST
from postroom.webhooks.delivery.client import BODY_LIMIT, HttpClient
from postroom.webhooks.delivery.egress import open_session
from postroom.webhooks.endpoints.targets import WebhookRequest
from tests.fakes.ports import PortReservation
from tests.fakes.raw_http import Ending, RawHttp, ok
from tests.fakes.webhook_receiver import (
    Exchange,
    WebhookReceiver,
    drop,
    hang,
    huge_body,
    redirect,
    respond,
    retry_after,
)


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    async with open_session(AddressPolicy.ANY, 10, lookups=LOCALHOST) as session:
        yield HttpClient(session, 0.7)


def to(url: str) -> WebhookRequest:
    return WebhookRequest(url, {"Content-Type": "application/json"}, b'{"a":1}')


async def test_connections_are_kept_alive(client: HttpClient, receiver: WebhookReceiver) -> None:
    for _ in range(5):
        assert (await client.post(to(receiver.url))).status == 200
    assert receiver.connections == 1
    assert receiver.requests[0].body == b'{"a":1}'


async def test_the_start_of_an_error_is_kept(client: HttpClient, receiver: WebhookReceiver) -> None:
    receiver.next_answers(respond(422, b"x" * (BODY_LIMIT * 3)))
    answer = await client.post(to(receiver.url))
    assert (answer.status, answer.message) == (422, "x" * 1021 + "…")


async def test_a_huge_answer_costs_neither_time_nor_the_success(client: HttpClient, receiver: WebhookReceiver) -> None:
    receiver.next_answers(huge_body())
    begun = time.monotonic()
    assert (await client.post(to(receiver.url))).status == 200
    assert time.monotonic() - begun < 30


async def test_a_success_with_a_body_that_never_ends_is_a_success(
    client: HttpClient, receiver: WebhookReceiver
) -> None:
    async def endless(exchange: Exchange) -> None:
        await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nno more")
        await hang()(exchange)

    receiver.next_answers(endless)
    assert (await client.post(to(receiver.url))).status == 200


async def test_silence_has_a_limit(client: HttpClient, receiver: WebhookReceiver) -> None:
    receiver.next_answers(hang())
    answer = await client.post(to(receiver.url))
    assert (answer.code, answer.reached) == ("ETIMEDOUT", True)


async def test_redirects_are_not_followed(client: HttpClient, receiver: WebhookReceiver) -> None:
    receiver.next_answers(redirect(receiver.url_for("/other")))
    assert (await client.post(to(receiver.url))).status == 302
    assert len(receiver.requests) == 1


async def test_retry_after_is_handed_on(client: HttpClient, receiver: WebhookReceiver) -> None:
    receiver.next_answers(retry_after(17))
    assert (await client.post(to(receiver.url))).retry_after == "17"


async def test_a_closed_connection_is_called_one(client: HttpClient, receiver: WebhookReceiver) -> None:
    receiver.next_answers(drop())
    found = await client.post(to(receiver.url))
    assert (found.status, found.code, found.stale) == (None, "ECONNRESET", False)


STATUS = b"HTTP/1.1 200 OK\r\n"
AFTER_THE_STATUS: dict[str, tuple[tuple[bytes, ...], Ending]] = {
    "a header of 9 kB": ((ok(b"", b"X: " + b"x" * 9000),), "keep"),
    "a header of 64 kB": ((ok(b"", b"X: " + b"x" * 65_536),), "keep"),
    "64 kB of small headers": ((ok(b"", *[b"X-%04d: 12345678" % at for at in range(3600)]),), "keep"),
    "a header of 300 kB": ((ok(b"", b"X: " + b"x" * 300_000),), "keep"),
    "a body that is cut": ((STATUS + b"Content-Length: 100\r\n\r\nok",), "close"),
    "a body that is cut hard": ((STATUS + b"Content-Length: 100\r\n\r\n", b"ok"), "reset"),
    "more than was announced": ((STATUS + b"Content-Length: 1\r\n\r\nok and more",), "keep"),
    "a senseless length": ((STATUS + b"Content-Length: -1\r\n\r\nok",), "close"),
    "two lengths": ((STATUS + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nok",), "close"),
    "a broken chunk at once": ((STATUS + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nok",), "close"),
    "a broken chunk later": ((STATUS + b"Transfer-Encoding: chunked\r\n\r\n", b"2\r\nok\r\n", b"zz\r\n"), "close"),
    "chunks that end early": ((STATUS + b"Transfer-Encoding: chunked\r\n\r\n", b"9\r\nok"), "close"),
    "a compression that is none": ((ok(b"ok", b"Content-Encoding: gzip"),), "keep"),
    "interim answers before it": (
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n", b"Link: </x>\r\n\r\n" + ok(b"")),
        "keep",
    ),
    "odd header lines": ((ok(b"", b"X: \x00\xff", b"no colon", b"a name: x", b"\xfe: x", b"Set-Cookie:"),), "keep"),
    "lines that end in LF": ((b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",), "keep"),
    "no reason": ((b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",), "keep"),
    "a reset": ((STATUS,), "reset"),
    "the end": ((STATUS,), "close"),
    "the end of half a head": ((STATUS + b"Date: today\r\nX: ",), "close"),
    "silence": ((STATUS + b"X: y\r\n",), "hang"),
}


@pytest.mark.long
@pytest.mark.parametrize("case", AFTER_THE_STATUS)
async def test_a_success_is_one_whatever_follows_its_status(client: HttpClient, case: str) -> None:
    pieces, ending = AFTER_THE_STATUS[case]
    async with RawHttp() as raw:
        raw.answer(*pieces, ending=ending)
        answers = [await client.post(to(raw.url)) for _ in range(2)]
        assert [answer.status for answer in answers] == [200, 200]
        assert len(raw.requests) == 2


async def test_a_refusal_with_a_broken_body_is_a_refusal(client: HttpClient) -> None:
    async with RawHttp() as raw:
        raw.answer(b"HTTP/1.1 503 Busy\r\nRetry-After: 17\r\nContent-Length: 100\r\n\r\nlater", ending="close")
        answer = await client.post(to(raw.url))
    assert (answer.status, answer.code, answer.retry_after) == (503, None, "17")


async def test_half_a_status_is_none(client: HttpClient) -> None:
    async with RawHttp() as raw:
        raw.answer(b"HTTP/1.1 20", ending="close")
        assert (await client.post(to(raw.url))).status is None


async def test_a_whole_answer_with_large_headers_keeps_its_connection(client: HttpClient) -> None:
    async with RawHttp() as raw:
        raw.answer(ok(b"ok", b"X: " + b"x" * 60_000))
        for _ in range(3):
            assert (await client.post(to(raw.url))).status == 200
        assert raw.connections == 1


async def test_a_kept_connection_that_was_closed_meanwhile_is_told_apart(
    client: HttpClient, receiver: WebhookReceiver
) -> None:
    assert (await client.post(to(receiver.url))).status == 200
    receiver.next_answers(drop())
    assert (await client.post(to(receiver.url))).stale


async def test_nobody_listens(client: HttpClient) -> None:
    reserved = PortReservation()
    answer = await client.post(to(f"http://127.0.0.1:{reserved.port}/"))
    reserved.release()
    assert (answer.code, answer.reached) == ("ECONNREFUSED", False)


async def test_a_name_that_does_not_exist(client: HttpClient) -> None:
    answer = await client.post(to("http://does-not-exist.invalid/"))
    assert answer.code in ("ENOTFOUND", "ETIMEDOUT")


async def test_a_certificate_that_is_not_trusted(client: HttpClient) -> None:
    async with WebhookReceiver(tls=True) as receiver:
        answer = await client.post(to(receiver.url))
        assert (answer.code, answer.reached) == ("ECERT", False)
        assert receiver.requests == []


@pytest.mark.parametrize("url", ["http://", "http://host:99999/", "nonsense"])
async def test_a_url_that_cannot_be_used(client: HttpClient, url: str) -> None:
    assert (await client.post(to(url))).code == "EINVALIDURL"


async def test_what_is_not_http(client: HttpClient) -> None:
    async def babble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    async with server:
        answer = await client.post(to(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"))
    assert answer.status is None
    assert answer.code


async def test_interim_answers_without_end_are_cut_and_called_so(client: HttpClient) -> None:
    async with RawHttp() as server:
        server.answer(b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000, ending="hang")
        answer = await client.post(to(server.url))
    assert (answer.status, answer.code, answer.stale) == (None, "EPROTOCOL", False)
    assert "more than 20 interim answers (1xx)" in answer.message


ENDLESS = {
    "a chunk extension": b"Transfer-Encoding: chunked\r\n\r\n5;" + b"x" * 8_000_000,
    "trailers": b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 1_000_000,
    "small chunks": b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 1_000_000,
    "header lines": b"X: y\r\n" * 1_000_000,
}


@pytest.mark.parametrize("name", ENDLESS)
async def test_an_answer_without_end_costs_little_and_not_the_success(client: HttpClient, name: str) -> None:
    async with RawHttp() as server:
        server.answer(b"HTTP/1.1 200 OK\r\n" + ENDLESS[name], ending="hang")
        before = time.thread_time()
        assert (await client.post(to(server.url))).status == 200
        assert time.thread_time() - before < 1.0
