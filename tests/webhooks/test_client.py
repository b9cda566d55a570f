"""One request: what each way of failing is called."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from postroom.connections.addresses import AddressPolicy
from postroom.webhooks.client import BODY_LIMIT, HttpClient
from postroom.webhooks.egress import open_session
from postroom.webhooks.targets import Outgoing
from tests.fakes.ports import PortReservation
from tests.fakes.webhook_receiver import (
    Exchange,
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
async def client() -> AsyncIterator[HttpClient]:
    async with open_session(AddressPolicy.ANY, 10) as session:
        yield HttpClient(session, AddressPolicy.ANY, 0.7)


def to(url: str) -> Outgoing:
    return Outgoing(url, {"Content-Type": "application/json"}, b'{"a":1}')


async def test_connections_are_kept_alive(client: HttpClient, receiver: WebhookReceiver) -> None:
    for _ in range(5):
        assert (await client.post(to(receiver.url))).status == 200
    assert receiver.connections == 1
    assert receiver.requests[0].body == b'{"a":1}'


async def test_the_start_of_an_error_is_kept(client: HttpClient, receiver: WebhookReceiver) -> None:
    receiver.next_answers(respond(422, b"x" * (BODY_LIMIT * 3)))
    answer = await client.post(to(receiver.url))
    assert (answer.status, answer.message) == (422, "x" * 300)


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


@pytest.mark.parametrize("answer", [drop(), close_half_way()], ids=["nothing", "half"])
async def test_a_closed_connection_is_called_one(client: HttpClient, receiver: WebhookReceiver, answer: object) -> None:
    receiver.next_answers(answer)  # type: ignore[arg-type]
    found = await client.post(to(receiver.url))
    assert (found.status, found.code, found.stale) == (None, "ECONNRESET", False)


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
