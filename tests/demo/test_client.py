"""The demonstration's calls to the API: what comes back, and what is said when nothing does."""

from __future__ import annotations

from collections.abc import AsyncIterator

import orjson
import pytest

from postroom.demo.client import DemoClient, Unanswered, client
from tests.fakes.raw_http import RawHttp, ok

INIT = {"id": 1, "time": "2025-01-01T00:00:00.000Z", "state": "init", "cause": "registered"}
CONNECTED = {
    "id": 2,
    "time": "2025-01-01T00:00:01.000Z",
    "state": "connected",
    "cause": "signed in",
    "error": {"response": "It works"},
}


@pytest.fixture
async def server() -> AsyncIterator[RawHttp]:
    async with RawHttp() as running:
        yield running


@pytest.fixture
async def caller(server: RawHttp) -> AsyncIterator[DemoClient]:
    made = client(server.url, "the token")
    yield made
    await made.session.close()


async def test_an_answer_is_returned_and_a_timeline_turned_round(server: RawHttp, caller: DemoClient) -> None:
    server.answer(ok(orjson.dumps({"timeline": [CONNECTED, INIT]})))
    begun, connected = await caller.timeline("a/b")
    assert (begun.id, begun.state, begun.why) == (1, "init", "registered")
    assert (connected.time, connected.state, connected.why) == (CONNECTED["time"], "connected", "signed in It works")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (ok(b'{"error": "Not there"}', status=b"404 Not Found"), "answered 404: Not there"),
        (ok(b"[}"), "got no answer"),
        (b"nonsense\r\n\r\n", "got no answer"),
    ],
)
async def test_a_call_that_failed_says_which_and_why(
    server: RawHttp, caller: DemoClient, answer: bytes, said: str
) -> None:
    server.answer(answer)
    with pytest.raises(Unanswered, match=f"GET /v1/account/a.*{said}"):
        await caller.call("GET", "/v1/account/a")
