"""Handlers of attachments and message sources."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from postroom.api.handlers.mail.allowed import TIMEOUT, time_allowed
from postroom.api.pipeline.route import Api, Call
from postroom.streaming.downloads.serving import is_partly, serve

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
    allowed, partly = time_allowed(call), is_partly(call.request)
    id_ = call.path["attachment"]
    return await serve(call.request, lambda: api.downloads.attachment(call.account, id_, allowed, partly=partly))


async def get_source(api: Api, call: Call) -> Response:
    """GET /v1/account/{account}/message/{message}/source"""
    allowed, partly = time_allowed(call), is_partly(call.request)
    id_ = call.path["message"]
    return await serve(call.request, lambda: api.downloads.source(call.account, id_, allowed, partly=partly))
