"""Handlers for threads: list those of a folder, read one over all folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from postroom.api.handlers.mail.allowed import time_allowed
from postroom.api.pipeline.respond import answer
from postroom.api.pipeline.route import Api, Call
from postroom.mailboxes.threads.by_server import ListedThread
from postroom.schemas.showing.lists import incomplete
from postroom.schemas.showing.pages import page

if TYPE_CHECKING:
    from postroom.schemas.answers.mail.threads import ThreadLine


async def list_threads(api: Api, call: Call) -> Response:
    """GET /v1/account/{account}/threads"""
    query = call.query
    found = await api.threads.list_page(call.account, query.path, query.page, query.page_size, time_allowed(call))
    return answer(
        {
            **page(found.total, query.page, query.page_size),
            "path": found.path,
            "threads": [_line(each) for each in found.threads],
            "incomplete": incomplete(found.incomplete),
        }
    )


async def get_thread(api: Api, call: Call) -> Response:
    """GET /v1/account/{account}/thread/{thread}"""
    found = await api.threads.read(call.account, call.path["thread"], time_allowed(call))
    return answer(
        {
            "threadId": found.thread_id,
            "messages": found.messages,
            "incomplete": incomplete(found.incomplete),
        }
    )


def _line(thread: ListedThread) -> ThreadLine:
    newest = thread.newest
    line: ThreadLine = {
        "threadId": thread.thread_id,
        "subject": newest["subject"],
        "count": thread.count,
        "unseen": thread.unseen,
        "messages": list(thread.messages),
    }
    if "from" in newest:
        line["from"] = newest["from"]
    if "date" in newest:
        line["date"] = newest["date"]
    return line
