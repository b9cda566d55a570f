"""From the bytes of a request to plain values."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from starlette.requests import Request
from starlette.types import Message

from postroom.api.pipeline.decode import BodyTally, if_match, read_json
from postroom.api.pipeline.errors import BodyTooLarge, InvalidRequest, MalformedRequest, UnsupportedContent


def request(*chunks: bytes, **headers: str) -> Request:
    waiting = list(chunks) or [b""]

    async def receive() -> Message:
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": named}, receive)


async def test_a_body_may_come_in_pieces() -> None:
    sent = request(b'{"a"', b": 1}", content_type="application/merge-patch+json; charset=utf-8")
    assert await read_json(sent, 100, optional=False) == {"a": 1}


async def test_a_body_is_counted_and_hashed_while_it_arrives() -> None:
    tally = BodyTally()
    sent = request(b'{"a"', b": 1}")
    assert await read_json(sent, 100, optional=False, seen=tally.take) == {"a": 1}
    assert (tally.size, tally.digest) == (8, hashlib.sha256(b'{"a": 1}').hexdigest())


async def test_an_empty_body_is_an_empty_object_where_it_may_be() -> None:
    assert await read_json(request(b"  "), 100, optional=True) == {}
    with pytest.raises(MalformedRequest):
        await read_json(request(b"  "), 100, optional=False)


async def test_an_empty_list_is_an_empty_object_where_the_body_may_be_empty() -> None:
    assert await read_json(request(b" [ ] "), 100, optional=True) == {}
    assert await read_json(request(b"[]"), 100, optional=False) == []
    assert await read_json(request(b"[1]"), 100, optional=True) == [1]


@pytest.mark.parametrize(
    ("chunks", "headers", "error"),
    [
        ((b"{}",), {"content_length": "101"}, BodyTooLarge),
        ((b"x" * 60, b"x" * 60), {}, BodyTooLarge),
        ((b"a=b",), {"content_type": "application/x-www-form-urlencoded"}, UnsupportedContent),
        ((b'{"pass": "secret', b'"'), {}, MalformedRequest),
    ],
)
async def test_what_is_no_json_within_the_limit_is_refused(
    chunks: tuple[bytes, ...], headers: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error) as refused:
        await read_json(request(*chunks, **headers), 100, optional=False)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("level", [(b"[", b"]"), (b'{"or":[', b"]}")])
async def test_a_body_is_nested_a_hundred_levels_deep_at_most(level: tuple[bytes, bytes]) -> None:
    opens, closes = level
    for levels in (100, 102, 1000):
        times = levels // (2 if b"{" in opens else 1)
        sent = request(opens * times + closes * times)
        if levels == 100:
            assert await read_json(sent, 10_000, optional=False)
        else:
            with pytest.raises(MalformedRequest, match="100 levels"):
                await read_json(sent, 10_000, optional=False)


@pytest.mark.parametrize(
    ("headers", "tag"),
    [
        ({}, None),
        ({"if_match": "*"}, None),
        ({"if_match": '"7"'}, "7"),
        ({"if_match": "7"}, ""),
        ({"if_match": '""'}, ""),
    ],
)
def test_the_tag_that_is_demanded(headers: dict[str, Any], tag: str | None) -> None:
    assert if_match(request(**headers)) == tag


def test_one_tag_at_a_time() -> None:
    with pytest.raises(InvalidRequest):
        if_match(request(if_match='"7", "8"'))
