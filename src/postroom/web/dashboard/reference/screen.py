"""The reference of the API in the dashboard: all operations, and one operation that can be tried."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cache
from typing import Final

from starlette.responses import Response

from postroom.footprint.dataclass import dataclass
from postroom.log import get_logger
from postroom.schemas.reference.curl import origin_of
from postroom.schemas.reference.fields import Fields
from postroom.schemas.reference.markup import curl_text
from postroom.schemas.reference.operations import ShownGroup, ShownOperation, groups_of
from postroom.schemas.reference.shapes import OpenApiDocument, OperationObject
from postroom.tasks import aside
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.guard import browser_of
from postroom.web.dashboard.reference import calling
from postroom.web.dashboard.reference.answer_shown import ShownAnswer, shown_answer
from postroom.web.dashboard.reference.asked import asked_call, asks_first, inputs_of, never_ends
from postroom.web.dashboard.reference.calling import NoAnswerInTime
from postroom.web.dashboard.rendering import page
from postroom.web.errors import NoSuchPage

__all__ = ["PAGES"]

_HERE: Final = "/dashboard/reference"
_LATE: Final = (
    f"The operation did not answer within {calling.PATIENCE:.0f} seconds. "
    "It may have taken effect all the same: look before you try again."
)
_ENDLESS: Final = (
    "The answer of this operation is a stream that never ends, so it cannot be tried here. Run the command."
)

log = get_logger("dashboard")


@dataclass(frozen=True, slots=True)
class _Whole:
    """The document, and its operations as people see them."""

    document: OpenApiDocument
    groups: list[ShownGroup]


@dataclass(frozen=True, slots=True)
class _Found:
    """An operation: as people see it, and as the document has it."""

    shown: ShownOperation
    operation: OperationObject
    fields: Fields


async def show_all(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/reference"""
    groups = (await _whole(desk)).groups
    text = visit.request.query_params.get("q", "").strip()
    found = [_narrowed(group, text.lower().split()) for group in groups]
    return page("reference.html", visit, {"groups": [group for group in found if group.operations], "text": text})


async def show(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/reference/{operation}"""
    found = await _operation(desk, visit)
    return await _page(desk, visit, found)


async def attempt(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/reference/{operation}"""
    found, form = await _operation(desk, visit), visit.form
    if never_ends(found.operation):
        return await _page(desk, visit, found, trouble=_ENDLESS, status=400)
    asked, problems = asked_call(found.shown.method, found.shown.path, found.operation, form)
    if problems:
        return await _page(desk, visit, found, problems=problems, status=400)
    if asks_first(found.shown) and form.get("sure") != "1":
        return await _page(desk, visit, found, is_asking=True)
    try:
        told = await calling.call(desk.calls, asked, visit.request, visit.visitor.name)
    except NoAnswerInTime:
        _note(desk, visit, found, "none in time")
        return await _page(desk, visit, found, trouble=_LATE)
    _note(desk, visit, found, told.status)
    return await _page(desk, visit, found, answer=await aside(len(told.body) // 10, lambda: shown_answer(told)))


def _note(desk: Desk, visit: DeskVisit, found: _Found, status: object) -> None:
    address = browser_of(desk, visit.request).address
    log.info("operation tried", operation=found.shown.id, by=visit.visitor.name, status=status, address=address)


async def _whole(desk: Desk) -> _Whole:
    # The first reader waits for up to a second until it is made.
    return await asyncio.to_thread(_made, desk.document)


@cache
def _made(document: Callable[[], OpenApiDocument]) -> _Whole:
    made = document()
    return _Whole(made, groups_of(made))


async def _operation(desk: Desk, visit: DeskVisit) -> _Found:
    """Return the operation of the path. Raises NoSuchPage."""
    whole, name = await _whole(desk), visit.path["operation"]
    shown = next((each for group in whole.groups for each in group.operations if each.id == name), None)
    if shown is None:
        raise NoSuchPage(name)
    operation = whole.document["paths"][shown.path][shown.method.lower()]
    return _Found(shown, operation, Fields(whole.document["components"]["schemas"]))


def _narrowed(group: ShownGroup, words: list[str]) -> ShownGroup:
    return ShownGroup(group.name, [each for each in group.operations if all(word in each.find for word in words)])


async def _page(
    desk: Desk,
    visit: DeskVisit,
    found: _Found,
    *,
    problems: dict[str, str] | None = None,
    answer: ShownAnswer | None = None,
    trouble: str = "",
    is_asking: bool = False,
    status: int = 200,
) -> Response:
    sent = visit.form if visit.request.method == "POST" else None
    request = visit.request
    known = await desk.runtime.get()
    origin = known.service_url or origin_of(request.url.scheme, request.headers.get("host", ""))
    values = {
        "operation": found.shown,
        "path": f"{_HERE}/{found.shown.id}",
        "command": curl_text(found.shown.curl, origin),
        "inputs": inputs_of(found.operation, found.fields, sent, problems),
        "endless": _ENDLESS if never_ends(found.operation) else "",
        "problems": problems or {},
        "answer": answer,
        "trouble": trouble,
        "is_asking": is_asking,
    }
    return page("operation.html", visit, values, status=status)


PAGES: Final = (
    DeskPage("GET", _HERE, show_all),
    DeskPage("GET", f"{_HERE}/{{operation}}", show),
    DeskPage("POST", f"{_HERE}/{{operation}}", attempt),
)
