"""Handlers for one message and its text."""

from __future__ import annotations

from starlette.responses import Response

from postroom.access.tokens import Needs, check
from postroom.api.handlers.mail.allowed import time_allowed
from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call
from postroom.mail.shapes import TextKind
from postroom.mailboxes.reading.wishes import MessageWish, TextWish
from postroom.schemas.requests.mail import reading as reading_req

_WRITES = Needs("api", "message", "write")


async def get_message(api: Api, call: Call) -> Response:
    """GET /v1/account/{account}/message/{message}"""
    query: reading_req.MessageQuery = call.query
    if query.mark_as_seen:
        check(call.caller, _WRITES, call.account, call.address)
    kind = query.text_type or ("*" if query.web_safe_html else None)
    wish = MessageWish(None if kind is None else _text_wish(api, query, kind), query.mark_as_seen)
    return answer(await api.messages.read(call.account, call.path["message"], wish, time_allowed(call)))


async def get_text(api: Api, call: Call) -> Response:
    """GET /v1/account/{account}/text/{text}"""
    query: reading_req.TextQuery = call.query
    wish = _text_wish(api, query, query.text_type)
    return answer(await api.messages.text(call.account, call.path["text"], wish, time_allowed(call)))


def _text_wish(api: Api, query: reading_req.MessageQuery | reading_req.TextQuery, kind: TextKind) -> TextWish:
    embeds, is_safe = query.embed_attached_images, query.pre_process_html
    return TextWish(
        kind,
        query.max_bytes or None,
        query.web_safe_html if embeds is None else embeds,
        query.web_safe_html if is_safe is None else is_safe,
        api.settings.remote_images,
    )
