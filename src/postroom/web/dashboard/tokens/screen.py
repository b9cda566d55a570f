"""API tokens: listed, issued with the secret shown once, and deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from starlette.responses import Response

from postroom.access.insiders import Insider, rights_of
from postroom.access.issuing import check_may_issue
from postroom.access.service import NewToken
from postroom.access.tokens import InvalidExpiry, NoSuchAccount, TokenNotFound
from postroom.http.paths import path_for
from postroom.log import get_logger
from postroom.schemas.checking.checked import checked, context_of
from postroom.schemas.checking.problems import FaultyField
from postroom.schemas.requests import tokens as requests
from postroom.web.dashboard.accounts.paths import account_path
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.guard import browser_of
from postroom.web.dashboard.inputs.made import with_problems
from postroom.web.dashboard.rendering import moved, page
from postroom.web.dashboard.tokens.asked import BOXES, asked_token, token_inputs
from postroom.web.received import number_in

__all__ = ["PAGES"]

_HERE: Final = "/dashboard/tokens"
_ISSUE: Final = f"{_HERE}/issue"
_PER_PAGE: Final = 50
_MOST_PAGES: Final = 1_000_000

log = get_logger("dashboard")


async def show(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/tokens"""
    asked = visit.request.query_params
    text, number = asked.get("q", "").strip(), number_in(asked.get("page", ""), _MOST_PAGES) or 0
    total, found = await desk.tokens.list_page(None, text or None, number, _PER_PAGE)
    values = {
        "tokens": found,
        "total": total,
        "text": text,
        "now": desk.clock(),
        "first": number * _PER_PAGE,
        "newer": _at(text, number - 1) if number else "",
        "older": _at(text, number + 1) if (number + 1) * _PER_PAGE < total else "",
        "has_prepared": desk.settings.token is not None,
        "paths": {"issue": _ISSUE, "here": _HERE},
        "account_path": account_path,
    }
    return page("tokens.html", visit, values)


async def form(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/tokens/issue"""
    return _form(visit, [], {"account": visit.request.query_params.get("account", "")}, {"scopes": ("api",)})


async def issue(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/tokens/issue"""
    sent, problems = asked_token(visit.form, visit.lists), list[FaultyField]()
    body: requests.NewToken | None = checked(requests.NewToken, sent, problems, context=context_of(desk.settings))
    if body is None:
        return _form(visit, problems, visit.form, visit.lists)
    wanted = requests.wanted(body)
    check_may_issue(rights_of(Insider(visit.visitor.name)), wanted)
    address = browser_of(desk, visit.request).address
    try:
        issued = await desk.tokens.issue(NewToken.of(body["description"], wanted, body.get("metadata"), address))
    except InvalidExpiry as error:
        return _form(visit, [FaultyField("expires", error.message)], visit.form, visit.lists)
    except NoSuchAccount:
        return _form(visit, [FaultyField("account", "There is no such account.")], visit.form, visit.lists)
    log.info("token issued", token=issued.id, by=visit.visitor.name, address=address)
    # This is the only answer that holds the secret. It is not stored, and caches must not keep the page.
    return page("token_issued.html", visit, {"secret": issued.secret, "description": body["description"]})


async def remove(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/tokens/{token}/delete"""
    token = visit.path["token"]
    try:
        await desk.tokens.remove(token)
    except TokenNotFound:
        return moved(_HERE, "This token was deleted before.", tone="wait")
    log.info("token deleted", token=token, by=visit.visitor.name, address=browser_of(desk, visit.request).address)
    return moved(_HERE, "The token was deleted. Programs that use it are refused from now on.")


def _at(text: str, number: int) -> str:
    return path_for(_HERE, {"q": text, "page": str(number) if number else ""})


def _form(
    visit: DeskVisit,
    problems: Sequence[FaultyField],
    sent: Mapping[str, str],
    ticked: Mapping[str, Sequence[str]],
) -> Response:
    first, further = token_inputs(sent)
    first, _ = with_problems(first, problems)
    further, _ = with_problems(further, problems)
    _, others = with_problems([*first, *further], problems)
    values = {"first": first, "further": further, "others": others, "boxes": BOXES, "ticked": ticked}
    return page(
        "token_form.html", visit, {**values, "paths": {"issue": _ISSUE, "here": _HERE}}, status=400 if problems else 200
    )


PAGES: Final = (
    DeskPage("GET", _HERE, show),
    DeskPage("GET", _ISSUE, form),
    DeskPage("POST", _ISSUE, issue),
    DeskPage("POST", f"{_HERE}/{{token}}/delete", remove),
)
