"""The answer that streams: in order, with its end, and without its end after a failure."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from postroom.mailboxes.failures import IncompleteAnswer
from postroom.streaming.downloads.answer import SLICE, Download
from postroom.streaming.downloads.slow_readers import SlowestReader, SlowReader


class Source:
    """Pieces from a list, then a failure or the end; notes that it was left."""

    def __init__(self, *pieces: bytes, failure: Exception | None = None) -> None:
        self._pieces = list(pieces)
        self._failure = failure
        self.left_with: list[BaseException | None] = []
        self.is_endless = False
        self.others_wait = False

    def gives_way(self) -> bool:
        return self.others_wait

    async def read(self) -> bytes:
        if self.is_endless:
            return b"x"
        if self._pieces:
            return self._pieces.pop(0)
        if self._failure is not None:
            raise self._failure
        return b""

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        try:
            yield
        except BaseException as error:
            self.left_with.append(error)
            raise
        self.left_with.append(None)


async def sent(
    source: Source, method: str = "GET", *, leaves_after: int | None = None, stops_after: int | None = None
) -> list[Any]:
    """Return the messages of the answer; the client leaves, or reads no more, after so many of them."""
    stack = AsyncExitStack()
    await stack.enter_async_context(source.opened())
    messages: list[Any] = []
    gone = asyncio.Event()

    async def send(message: Any) -> None:
        messages.append(message)
        if leaves_after is not None and len(messages) >= leaves_after:
            gone.set()
        await asyncio.sleep(0 if stops_after is None or len(messages) < stops_after else 3600)

    async def receive() -> Any:
        await gone.wait()
        return {"type": "http.disconnect"}

    slowest = SlowestReader(alone=0.3, while_others_wait=0.1, interval=0.02)
    answer = Download(200, {"x-a": "b"}, await source.read(), source, stack, slowest)
    await asyncio.wait_for(answer({"type": "http", "method": method}, receive, send), 10)
    return messages


async def test_pieces_arrive_in_order_and_the_answer_ends() -> None:
    source = Source(b"a" * (SLICE + 1), b"b", b"c")
    start, *bodies = await sent(source)
    assert (start["status"], start["headers"]) == (200, [(b"x-a", b"b")])
    assert b"".join(each["body"] for each in bodies) == b"a" * (SLICE + 1) + b"bc"
    assert [each["more_body"] for each in bodies][-2:] == [True, False]
    assert max(len(each["body"]) for each in bodies) <= SLICE
    assert source.left_with == [None]


async def test_head_sends_no_piece() -> None:
    source = Source(b"a")
    _, body = await sent(source, "HEAD")
    assert body == {"type": "http.response.body", "body": b"", "more_body": False}
    assert source.left_with == [None]


async def test_after_a_failure_the_end_is_missing() -> None:
    failure = IncompleteAnswer("no more")
    source = Source(b"a", b"b", failure=failure)
    _, *bodies = await sent(source)
    assert all(each["more_body"] for each in bodies)
    assert source.left_with == [failure]


async def test_a_fault_of_ours_is_not_hidden() -> None:
    source = Source(b"a", failure=ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        await sent(source)
    assert len(source.left_with) == 1


async def test_a_client_that_leaves_ends_the_download() -> None:
    source = Source()
    source.is_endless = True
    await sent(source, leaves_after=5)
    assert source.left_with == [None]


@pytest.mark.parametrize("others_wait", [False, True])
async def test_a_client_that_does_not_read_ends_the_download(others_wait: bool) -> None:
    source = Source(b"a", b"b", b"c")
    source.others_wait = others_wait
    _, *bodies = await sent(source, stops_after=3)
    assert [each["body"] for each in bodies] == [b"a", b"b"]
    assert all(each["more_body"] for each in bodies)
    (reason,) = source.left_with
    assert isinstance(reason, SlowReader)
    assert ("Another call waits" in reason.message) is others_wait
