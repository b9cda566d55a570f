"""The form of an OAuth2 application: a new one, or a change of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, Final

from starlette.responses import Response

from postroom.accounts.service import retry_refused
from postroom.log import get_logger
from postroom.oauth2.model import SECRETS, App, AppExists, InvalidApp
from postroom.oauth2.model import problems as app_problems
from postroom.oauth2.providers import provider_of
from postroom.schemas.checking.checked import checked, context_of
from postroom.schemas.checking.problems import FaultyField
from postroom.schemas.checking.usable import usable
from postroom.schemas.requests.oauth2 import AppChange, NewApp
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.guard import browser_of
from postroom.web.dashboard.inputs.made import with_problems
from postroom.web.dashboard.inputs.read import SentBody, body_of
from postroom.web.dashboard.oauth2.asked import PROVIDER_WORDS, app_inputs
from postroom.web.dashboard.oauth2.paths import APPS, NEW, app_path
from postroom.web.dashboard.rendering import moved, page
from postroom.web.errors import NoSuchPage

__all__ = ["PAGES"]

log = get_logger("dashboard")

_TAKEN: Final = "This id is taken, or has a meaning of its own. Choose another, or leave it empty."


async def add(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/oauth2/new/{provider}"""
    return await _page(desk, visit, _provider(visit), None)


async def register(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/oauth2/new/{provider}"""
    kind = _provider(visit)
    sent = {**_sent(visit, kind, None), "provider": kind}
    problems: list[FaultyField] = []
    body = checked(NewApp, sent, problems, context=context_of(desk.settings))
    if body is None:
        further = app_problems(usable(NewApp, sent, context_of(desk.settings)))
        return await _page(desk, visit, kind, None, _with(problems, further))
    try:
        app = await desk.apps.create(body, then=retry_refused)
    except InvalidApp as error:
        return await _page(desk, visit, kind, None, _with([], error.problems))
    except AppExists:
        return await _page(desk, visit, kind, None, [FaultyField("id", _TAKEN)])
    _note(desk, visit, "OAuth2 application registered", app)
    return moved(
        app_path(app), "The application is registered. Check it now: that shows whether the provider knows it."
    )


async def edit(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/oauth2/{app}/edit"""
    app = await desk.apps.describe(visit.path["app"])
    return await _page(desk, visit, app.kind, app)


async def change(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/oauth2/{app}/edit"""
    app = await desk.apps.describe(visit.path["app"])
    if visit.form.get("seen", str(app.updated_at)) != str(app.updated_at):
        # What the form says of every field would take the place of what was changed meanwhile.
        return await _page(desk, visit, app.kind, app, conflict=list(_differences(visit, app)))
    problems: list[FaultyField] = []
    body = checked(AppChange, _sent(visit, app.kind, app), problems, context=context_of(desk.settings))
    if body is None:
        return await _page(desk, visit, app.kind, app, problems)
    try:
        await desk.apps.update(app.id, body, then=retry_refused)
    except InvalidApp as error:
        return await _page(desk, visit, app.kind, app, _with([], error.problems))
    _note(desk, visit, "OAuth2 application changed", app.id)
    return moved(app_path(app.id), "The change was stored.")


def _provider(visit: DeskVisit) -> str:
    """Return the provider of the path. Raises NoSuchPage."""
    kind = visit.path["provider"]
    if kind not in PROVIDER_WORDS:
        raise NoSuchPage(kind)
    return kind


def _sent(visit: DeskVisit, kind: str, app: App | None) -> SentBody:
    first, further = app_inputs(kind, app, None)
    sent = body_of([*first, *further], visit.form, blanks=app is not None)
    return {name: value for name, value in sent.items() if value or name not in SECRETS}


def _with(told: Sequence[FaultyField], found: Sequence[Any]) -> list[FaultyField]:
    """Return problems together with those of further rules, unless their fields are told already."""
    keys = {each.key for each in told}
    return [*told, *(FaultyField(each.key, each.message) for each in found if each.key not in keys)]


def _note(desk: Desk, visit: DeskVisit, what: str, app: str) -> None:
    log.info(what, app=app, by=visit.visitor.name, address=browser_of(desk, visit.request).address)


def _differences(visit: DeskVisit, app: App) -> Iterator[tuple[str, str]]:
    """Yield what is stored now, where the form says something else."""
    stored, typed = (chain(*app_inputs(app.kind, app, sent)) for sent in (None, visit.form))
    for now, was in zip(stored, typed, strict=True):
        if now.value != was.value.replace("\r\n", "\n").strip():
            yield now.label, now.value.replace("\n", ", ") or "(nothing)"


async def _page(
    desk: Desk,
    visit: DeskVisit,
    kind: str,
    app: App | None,
    problems: Sequence[FaultyField] = (),
    *,
    conflict: Sequence[tuple[str, str]] | None = None,
) -> Response:
    first, further = app_inputs(kind, app, visit.form if visit.request.method == "POST" else None)
    _, others = with_problems([*first, *further], problems)
    provider = provider_of(kind)
    assert provider is not None
    origin = (await desk.runtime.get()).service_url
    values = {
        "words": PROVIDER_WORDS[kind],
        "app": app,
        "first": with_problems(first, problems)[0],
        "further": with_problems(further, problems)[0],
        "others": others,
        "conflict": conflict,
        "asks_people": provider.grant == "refresh_token",
        "way_back": app.way_back(origin) if app is not None else f"{origin}/oauth" if origin else None,
        "action": app_path(app.id, "edit") if app is not None else f"{NEW}/{kind}",
        "back": app_path(app.id) if app is not None else APPS,
        "list": APPS,
    }
    return page("oauth2_form.html", visit, values, status=409 if conflict is not None else 400 if problems else 200)


PAGES: Final = (
    DeskPage("GET", f"{APPS}/{{app}}/edit", edit),
    DeskPage("POST", f"{APPS}/{{app}}/edit", change),
    DeskPage("GET", f"{NEW}/{{provider}}", add),
    DeskPage("POST", f"{NEW}/{{provider}}", register),
)
