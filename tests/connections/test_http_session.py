"""The session over real sockets: what an attempt learns of its connection, with TLS and without."""

from __future__ import annotations

import asyncio

import pytest

from postroom.connections.addresses import AddressPolicy
from postroom.connections.answer_head import Attempt
from postroom.connections.http_session import ATTEMPT, open_session
from tests.fakes.certificates import server_certificate
from tests.fakes.raw_http import RawHttp, ok

ODD = ok(b"body", b"X: \x00", b"no colon")


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
async def test_an_attempt_learns_the_status_and_whether_its_connection_had_served(tls: bool) -> None:
    certificate = server_certificate()
    context = certificate.client_context() if tls else None
    async with (
        RawHttp(certificate.server_context() if tls else None) as server,
        open_session(AddressPolicy.ANY, 2, tls=context) as session,
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


async def test_attempts_at_the_same_time_do_not_mix() -> None:
    async with RawHttp() as good, RawHttp() as bad, open_session(AddressPolicy.ANY, 10) as session:
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
