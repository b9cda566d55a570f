"""The session over real sockets: what an attempt learns of its connection, with TLS and without."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from functools import partial

import pytest

from postroom.connections.hosts.addresses import AddressPolicy, AddressRefused, IpAddress
from postroom.connections.hosts.checked_host import CheckedHost
from postroom.connections.hosts.names import LOCALHOST
from postroom.connections.http.answer_head import Attempt
from postroom.connections.http.http_session import ATTEMPT, open_session
from postroom.oauth2.web import NoAnswer, WebClient
from postroom.webhooks.delivery.client import HttpClient
from postroom.webhooks.endpoints.targets import WebhookRequest
from tests.fakes.certificates import server_certificate
from tests.fakes.lookups import KnownNames
from tests.fakes.raw_http import RawHttp, ok

ODD = ok(b"body", b"X: \x00", b"no colon")


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
async def test_an_attempt_learns_the_status_and_whether_its_connection_had_served(tls: bool) -> None:
    certificate = server_certificate()
    context = certificate.client_context() if tls else None
    async with (
        RawHttp(certificate.server_context() if tls else None) as server,
        open_session(AddressPolicy.ANY, 2, tls=context, lookups=LOCALHOST) as session,
    ):
        server.answer(ODD[:30], ODD[30:])
        seen = []
        for _ in range(2):
            attempt = Attempt()
            ATTEMPT.set(attempt)
            async with session.request("GET", server.url) as response:
                assert await response.read() == b"body"
            seen.append((attempt.reused, attempt.status))
    assert seen == [(False, 200), (True, 200)]


async def test_no_socket_is_made_for_a_refused_address_however_it_was_come_by() -> None:
    async with RawHttp() as server, open_session(AddressPolicy.PUBLIC, 2, lookups=LOCALHOST) as session:
        server.answer(ok(b"secret"))
        # As if nobody had checked the URL.
        with pytest.raises(AddressRefused):
            await session._session.get(server.url)


async def test_what_one_policy_allows_another_refuses_each_time() -> None:
    async with (
        RawHttp() as server,
        open_session(AddressPolicy.ANY, 2, lookups=LOCALHOST) as anywhere,
        open_session(AddressPolicy.PUBLIC, 2, lookups=LOCALHOST) as outside,
    ):
        server.answer(ok(b"body"))
        for _ in range(2):
            async with anywhere.request("GET", server.url) as response:
                assert await response.read() == b"body"
            with pytest.raises(AddressRefused):
                outside.request("GET", server.url)


@pytest.mark.parametrize(("number", "code"), [(socket.EAI_AGAIN, "EAI_AGAIN"), (socket.EAI_NONAME, "ENOTFOUND")])
async def test_a_look_up_that_fails_for_now_is_told_from_a_name_that_is_not(number: int, code: str) -> None:
    class Failing(KnownNames):
        async def addresses(self, host: CheckedHost) -> Sequence[IpAddress]:
            raise socket.gaierror(number, "why")

    async with open_session(AddressPolicy.ANY, 2, Failing()) as session:
        answer = await HttpClient(session, 5).post(WebhookRequest("http://name.example/", {}, b""))
    assert (answer.code, answer.reached) == (code, False)
    web = WebClient(partial(open_session, AddressPolicy.ANY, 2, Failing()))
    with pytest.raises(NoAnswer) as caught:
        await web.get("http://name.example/")
    await web.close()
    assert caught.value.code == code


async def test_the_checked_host_is_what_goes_into_the_request() -> None:
    lookups = KnownNames({"xn--bcher-kva.example": ["127.0.0.1"]})
    async with RawHttp() as server, open_session(AddressPolicy.ANY, 2, lookups) as session:
        server.answer(ok(b""))
        port = server.url.rpartition(":")[2].rstrip("/")
        async with session.request("GET", f"http://B\u00fccher.ex\u00adample.:{port}/a") as response:
            assert response.status == 200
            assert response.request_info.headers["Host"] == f"xn--bcher-kva.example:{port}"
    assert lookups.asked == ["xn--bcher-kva.example"]


async def test_attempts_at_the_same_time_do_not_mix() -> None:
    async with RawHttp() as good, RawHttp() as bad, open_session(AddressPolicy.ANY, 10, lookups=LOCALHOST) as session:
        good.answer(ok(b"")[:20], ok(b"")[20:])
        bad.answer(ok(b"", status=b"500 Broken"))

        async def ask(url: str) -> int | None:
            attempt = Attempt()
            ATTEMPT.set(attempt)
            async with session.request("GET", url):
                return attempt.status

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(ask(url)) for url in (good.url, bad.url) * 5]
        assert [task.result() for task in tasks] == [200, 500] * 5
