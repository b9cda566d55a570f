"""Handlers for lists of messages: the pages of a folder, and searches."""

from __future__ import annotations

from starlette.responses import Response

from postroom.api.handlers.mail.allowed import time_allowed
from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call
from postroom.mailboxes.lists.cursor import Cursor, read_cursor
from postroom.mailboxes.lists.page import PageAsked
from postroom.mailboxes.lists.wanted import EVERYTHING, WantedMembers
from postroom.mailboxes.searching.terms import FlagKey, Terms
from postroom.schemas.requests.mail import lists as list_req
from postroom.schemas.requests.mail.searches import terms_of
from postroom.schemas.showing.lists import messages_page


async def list_messages(api: Api, call: Call) -> Response:
    """GET /v1/account/{account}/messages"""
    query: list_req.MessagesQuery = call.query
    asked, allowed, terms = _page(query), time_allowed(call), Terms(flags=_flags(query))
    if terms.are_empty:
        page = await api.lists.page(call.account, query.path, asked, allowed)
    else:
        page = await api.searches.in_folder(call.account, query.path, terms, asked, allowed)
    return answer(messages_page(page))


async def search_messages(api: Api, call: Call) -> Response:
    """POST /v1/account/{account}/search"""
    query: list_req.SearchQuery = call.query
    body: list_req.SearchBody = call.body
    asked, allowed, terms = _page(query), time_allowed(call), terms_of(body["search"])
    path = query.path or body.get("path")
    if path is None:
        page = await api.searches.everywhere(call.account, terms, asked, allowed)
    else:
        page = await api.searches.in_folder(call.account, path, terms, asked, allowed)
    return answer(messages_page(page))


def _page(query: list_req.SearchQuery) -> PageAsked:
    """Return which page is asked for. Raises InvalidCursor."""
    start = read_cursor(query.cursor) if query.cursor else Cursor(query.page)
    return PageAsked(start, query.page_size, WantedMembers(frozenset(query.fields)) if query.fields else EVERYTHING)


def _flags(query: list_req.MessagesQuery) -> tuple[tuple[FlagKey, bool], ...]:
    asked: tuple[tuple[FlagKey, bool | None], ...] = (
        ("answered", query.answered),
        ("deleted", query.deleted),
        ("draft", query.draft),
        ("flagged", query.flagged),
        ("seen", query.seen),
        ("unseen", query.unseen),
    )
    return tuple((key, value) for key, value in asked if value is not None)
