"""Forms are read as they were sent, within their bounds."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import Request

from postroom.web.errors import FormTooLarge
from postroom.web.posted import posted_fields


def sent(*chunks: bytes) -> Request:
    waiting = list(chunks)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    return Request({"type": "http", "method": "POST", "headers": []}, receive)


async def test_fields_come_in_their_order_also_blank_and_repeated() -> None:
    found = await posted_fields(sent(b"a=1&b=&a=%C3", b"%A4"), largest=100, most=3)
    assert found == [("a", "1"), ("b", ""), ("a", "ä")]


async def test_octets_that_are_no_text_are_marked() -> None:
    assert await posted_fields(sent(b"a=\xff"), largest=100, most=1) == [("a", "\ufffd")]


async def test_the_largest_form_is_read_and_one_octet_more_is_refused() -> None:
    assert await posted_fields(sent(b"a=", b"12"), largest=4, most=1) == [("a", "12")]
    with pytest.raises(FormTooLarge, match="too large"):
        await posted_fields(sent(b"a=", b"123"), largest=4, most=1)


async def test_more_fields_than_a_form_may_have_are_refused() -> None:
    with pytest.raises(FormTooLarge, match="too many fields"):
        await posted_fields(sent(b"a=1&b=2"), largest=100, most=1)
