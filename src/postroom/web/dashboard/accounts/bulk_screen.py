"""Actions on many accounts: asked again before anything happens, then begun, watched, and stopped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from starlette.responses import Response

from postroom.accounts.bulk.model import BulkAction, NothingMatches, OtherNumber
from postroom.accounts.bulk.service import new_job_id
from postroom.accounts.model import ListQuery
from postroom.web.dashboard.accounts.list_wish import ListWish, read_wish
from postroom.web.dashboard.accounts.paths import BEGIN, CONFIRM, LIST, account_path, job_path
from postroom.web.dashboard.accounts.provider_choice import provider_choices
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.rendering import moved, page, part
from postroom.web.received import number_in

__all__ = ["PAGES", "PICKED"]

PICKED: Final = "pick"
"""The name of the boxes of accounts; their values are the ids."""

_ALL: Final = "all"
_MOST: Final = 1_000_000_000
_JOB: Final = re.compile("[0-9a-f]{16}")
_NOTHING: Final = "No account is selected. Tick the accounts, or choose all that match."


async def confirm(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/bulk"""
    return await _ask(desk, visit)


async def _ask(desk: Desk, visit: DeskVisit, *, changed: bool = False) -> Response:
    """Show what would be done to how many accounts, and ask whether it is wanted."""
    wish, action = read_wish(visit.form), _action(visit.form)
    query = await _query(desk, visit, wish)
    total = await desk.lists.count(query)
    if action is None or total == 0:
        return moved(wish.path, _NOTHING, tone="wait")
    kept = {"scope": _ALL} if visit.form.get("scope") == _ALL else {}
    values = {
        "action": action.value,
        "total": total,
        "wish": wish,
        "words": _words(visit.form, wish, total),
        "sample": [item.row for item in (await desk.accounts.list_page(replace(query, page=0, page_size=8))).items],
        "kept": {**wish.parameters(), **kept, "expected": str(total), "job": new_job_id()},
        "picked": () if kept else _picked(visit),
        "changed": changed,
        "path": BEGIN,
    }
    return page("bulk_confirm.html", visit, values, status=409 if changed else 200)


async def begin(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/bulk/begin"""
    wish, action = read_wish(visit.form), _action(visit.form)
    expected = number_in(visit.form.get("expected", ""), _MOST)
    if action is None or expected is None:
        return moved(wish.path, _NOTHING, tone="wait")
    query = await _query(desk, visit, wish)
    words = _words(visit.form, wish, expected)
    try:
        job = await desk.bulk.begin(
            action, query, wish=words, by=visit.visitor.name, expected=expected, id_=_job(visit.form)
        )
    except NothingMatches:
        return moved(wish.path, "No account matches any more, so nothing was done.", tone="wait")
    except OtherNumber:
        return await _ask(desk, visit, changed=True)
    return moved(job_path(job.id))


async def show(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/bulk/{job}"""
    job = await desk.bulk.get(visit.path["job"])
    errors = await desk.bulk.errors(job.id) if job.failed else []
    values = {
        "job": job,
        "errors": [(item, account_path(item.account)) for item in errors],
        "paths": {"here": job_path(job.id), "stop": job_path(job.id, "stop"), "list": LIST},
    }
    if visit.wants_part:
        return part("bulk_progress.html", visit, values)
    return page("bulk_job.html", visit, values)


async def stop(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/bulk/{job}/stop"""
    job = await desk.bulk.stop(visit.path["job"])
    said = f"Stopped. {job.left} of {job.total} accounts were left as they are." if job.stopped else ""
    return moved(job_path(job.id), said)


def _job(form: Mapping[str, str]) -> str | None:
    """Return the id that the question gave: a form that is sent twice is one action."""
    sent = form.get("job", "")
    return sent if _JOB.fullmatch(sent) else None


def _action(form: Mapping[str, str]) -> BulkAction | None:
    found = form.get("action", "")
    return BulkAction(found) if found in list(BulkAction) else None


async def _query(desk: Desk, visit: DeskVisit, wish: ListWish) -> ListQuery:
    """Return which accounts are meant: all that match the filters, or those with a tick."""
    choices = provider_choices((await desk.lists.numbers()).places, await desk.apps.kinds())
    query = replace(wish.query(choices), page=0)
    if visit.form.get("scope") == _ALL:
        return query
    return ListQuery(names=_picked(visit), order=query.order, descending=query.descending)


def _picked(visit: DeskVisit) -> tuple[str, ...]:
    return visit.lists.get(PICKED, ())


def _words(form: Mapping[str, str], wish: ListWish, total: int) -> str:
    if form.get("scope") == _ALL:
        return wish.in_words()
    return "1 selected account" if total == 1 else f"{total} selected accounts"


PAGES: Final = (
    DeskPage("POST", CONFIRM, confirm),
    DeskPage("POST", BEGIN, begin),
    DeskPage("GET", f"{CONFIRM}/{{job}}", show),
    DeskPage("POST", f"{CONFIRM}/{{job}}/stop", stop),
)
