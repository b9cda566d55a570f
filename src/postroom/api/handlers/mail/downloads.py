"""Handlers of attachments and message sources."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import Response

from postroom.api.downloads.answer import Download
from postroom.api.downloads.ranges import Span, asked_range, is_known, may_want_part
from postroom.api.downloads.safe_headers import PROTECTION, content_disposition, content_type
from postroom.api.downloads.slow_readers import SLOWEST
from postroom.api.handlers.mail.allowed import TIMEOUT, time_allowed
from postroom.api.pipeline.route import Api, Call
from postroom.mailboxes.downloads.content import IrregularContent
from postroom.mailboxes.downloads.opened import OpenContent

__all__ = ["ANSWER_HEADERS", "HEADERS", "get_attachment", "get_source"]

HEADERS: Final = {
    **TIMEOUT,
    "Range": "The octets that are wanted, as in `bytes=0-1023`, `bytes=1024-` or `bytes=-100`",
    "If-Range": "An ETag: the range is wanted only if the content still has it",
    "If-None-Match": "An ETag: the answer is 304 if the content still has it",
}
"""The headers of a request for a download."""

ANSWER_HEADERS: Final = {
    "Content-Disposition": "Always `attachment`, with the name of the file",
    "ETag": "Stands for the content, which never changes",
    "Accept-Ranges": "`bytes`: ranges can be asked for",
}
"""The headers of the answer to it."""


async def get_attachment(api: Api, call: Call) -> Response:
    """GET /v1/account/{account}/attachment/{attachment}"""
    allowed, partly = time_allowed(call), _is_partly(call)
    id_ = call.path["attachment"]
    return await _answer(call, lambda: api.downloads.attachment(call.account, id_, allowed, partly=partly))


async def get_source(api: Api, call: Call) -> Response:
    """GET /v1/account/{account}/message/{message}/source"""
    allowed, partly = time_allowed(call), _is_partly(call)
    id_ = call.path["message"]
    return await _answer(call, lambda: api.downloads.source(call.account, id_, allowed, partly=partly))


def _is_partly(call: Call) -> bool:
    return call.request.method == "HEAD" or may_want_part(call.request.headers)


async def _answer(call: Call, opening: Callable[[], AbstractAsyncContextManager[OpenContent]]) -> Response:
    """Return the answer. A content that turns out irregular before it begins is known to be so at the second try."""
    with suppress(IrregularContent):
        return await _download(call, opening())
    return await _download(call, opening())


async def _download(call: Call, opening: AbstractAsyncContextManager[OpenContent]) -> Response:
    """Return the answer once its first piece is there, so that a failure before it is an answer of its own."""
    sent = call.request.headers
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(opening)
        headers = _headers(opened)
        if is_known(sent.getlist("if-none-match"), opened.tag):
            return Response(status_code=304, headers=headers)
        is_head = call.request.method == "HEAD"
        if not is_head and opened.total is None and call.request.scope["http_version"] == "1.0":
            # Such a client cannot read chunks, so it is told the length.
            opened = await opened.counted(None) or opened
        span = None if is_head else await _span(sent, opened)
        content = opened.read_all() if span is None else opened.read_part(span.start, span.length)
        first = b"" if is_head else await content.read()
        headers["content-type"] = content_type(opened.named.content_type, opened.named.charset)
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
