"""Answers a request with a content of a mailbox: all of it, a range of it, or nothing if it is known already."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from typing import TypeAlias

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from postroom.mailboxes.downloads.content import IrregularContent
from postroom.mailboxes.downloads.opened import OpenContent
from postroom.streaming.downloads.answer import Download
from postroom.streaming.downloads.ranges import Span, asked_range, is_known, may_want_part
from postroom.streaming.downloads.safe_headers import PROTECTION, content_disposition, content_type
from postroom.streaming.downloads.slow_readers import SLOWEST

__all__ = ["Opening", "is_partly", "serve"]

Opening: TypeAlias = Callable[[], AbstractAsyncContextManager[OpenContent]]
"""Opens the content. It may be called twice."""


def is_partly(request: Request) -> bool:
    """Whether probably not all of the content is wanted."""
    return request.method == "HEAD" or may_want_part(request.headers)


async def serve(request: Request, opening: Opening, *, kind: str | None = None) -> Response:
    """Return the answer. `kind` is sent as its type, whatever the message says. Raises RangeNotSatisfiable.

    A content that turns out irregular before it begins is known to be so at the second try.
    """
    with suppress(IrregularContent):
        return await _download(request, opening(), kind)
    return await _download(request, opening(), kind)


async def _download(request: Request, opening: AbstractAsyncContextManager[OpenContent], kind: str | None) -> Response:
    """Return the answer once its first piece is there, so that a failure before it is an answer of its own."""
    sent = request.headers
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(opening)
        headers = _headers(opened)
        if is_known(sent.getlist("if-none-match"), opened.tag):
            return Response(status_code=304, headers=headers)
        is_head = request.method == "HEAD"
        if not is_head and opened.total is None and request.scope["http_version"] == "1.0":
            # Such a client cannot read chunks, so it is told the length.
            opened = await opened.counted(None) or opened
        span = None if is_head else await _span(sent, opened)
        content = opened.read_all() if span is None else opened.read_part(span.start, span.length)
        first = b"" if is_head else await content.read()
        headers["content-type"] = kind or content_type(opened.named.content_type, opened.named.charset)
        if content.length is not None:
            headers["content-length"] = str(content.length)
        if span is not None:
            headers["content-range"] = span.header
        opened.stay()
        return Download(200 if span is None else 206, headers, first, content, stack.pop_all(), SLOWEST)
    raise AssertionError("the block above returns")


async def _span(sent: Headers, opened: OpenContent) -> Span | None:
    """Return the part to answer with, None for all of it. Raises RangeNotSatisfiable.

    A content of unknown total is counted first, so that the answer never promises octets that are not there.
    """
    asked = asked_range(sent, opened.tag)
    if asked is None or (opened.total is None and asked.is_all):
        return None
    counted = await opened.counted(asked.until)
    return None if counted is None else asked.span(counted.total)


def _headers(opened: OpenContent) -> dict[str, str]:
    return {
        "etag": f'"{opened.tag}"',
        "accept-ranges": "bytes",
        "content-disposition": content_disposition(opened.named.filename, opened.named.content_type),
        **PROTECTION,
    }
