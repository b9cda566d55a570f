"""OAuth2 applications: the list, one of them, its check, and its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from postroom.accounts.model import AccountNotFound
from postroom.log import get_logger
from postroom.oauth2.model import App
from postroom.oauth2.providers import scopes_of
from postroom.schemas.checking.checked import checked, context_of
from postroom.schemas.checking.problems import FaultyField
from postroom.schemas.requests.oauth2 import AppTrial
from postroom.storage.sealing.secrets import SecretUnreadable
from postroom.web.dashboard.accounts.facts_shown import settings_shown
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.guard import browser_of
from postroom.web.dashboard.inputs.made import FormInput, InputKind, described, input_for
from postroom.web.dashboard.oauth2.asked import PROVIDER_WORDS
from postroom.web.dashboard.oauth2.check_lines import check_line
from postroom.web.dashboard.oauth2.paths import APPS, NEW, app_path
from postroom.web.dashboard.rendering import moved, page
from postroom.web.received import number_in
from postroom.words.masking import MASK

__all__ = ["PAGES"]

_PER_PAGE: Final = 50
_MOST_PAGES: Final = 1_000_000
_LOCKED: Final = (
    "The stored secret cannot be opened with the key of this installation. Edit the application, and enter it again."
)

log = get_logger("dashboard")


async def show_all(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/oauth2"""
    number = number_in(visit.request.query_params.get("page", ""), _MOST_PAGES) or 0
    total, found = await desk.apps.list_page(number, _PER_PAGE)
    values = {
        "apps": [(app, app_path(app.id), PROVIDER_WORDS[app.kind].name, _in_short(app)) for app in found],
        "total": total,
        "first": number * _PER_PAGE,
        "newer": f"{APPS}?page={number - 1}" if number else "",
        "older": f"{APPS}?page={number + 1}" if (number + 1) * _PER_PAGE < total else "",
        "providers": [(words, f"{NEW}/{kind}") for kind, words in PROVIDER_WORDS.items()],
    }
    return page("oauth2_apps.html", visit, values)


async def show(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/oauth2/{app}"""
    return await _page(desk, visit, {})


async def check(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/oauth2/{app}/check"""
    sent = {"account": visit.form.get("account", "").strip() or None, "testConnection": True}
    problems: list[FaultyField] = []
    body: AppTrial | None = checked(AppTrial, sent, problems, context=context_of(desk.settings))
    if body is None:
        return await _page(desk, visit, {"problem": problems[0].message}, status=400)
    try:
        app = await desk.apps.get(visit.path["app"])
        found = await desk.app_check.check(app, body.get("account"), connect=True)
    except AccountNotFound:
        return await _page(desk, visit, {"problem": "There is no account with this id."}, status=400)
    except SecretUnreadable:
        return await _page(desk, visit, {"trouble": _LOCKED}, status=409)
    _note(desk, visit, "OAuth2 application checked")
    return await _page(desk, visit, {"steps": [check_line(step) for step in found.steps], "works": found.ok})


async def remove(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/oauth2/{app}/delete"""
    lost = await desk.apps.remove(visit.path["app"])
    _note(desk, visit, "OAuth2 application deleted")
    words = f" {lost:,} {'account has' if lost == 1 else 'accounts have'} lost it." if lost else ""
    return moved(APPS, f"The application was deleted.{words}", tone="wait" if lost else "ok")


def _note(desk: Desk, visit: DeskVisit, what: str) -> None:
    log.info(what, app=visit.path["app"], by=visit.visitor.name, address=browser_of(desk, visit.request).address)


def _in_short(app: App) -> str:
    """Return the last part of each scope: `mail.google.com` for `https://mail.google.com/`."""
    return ", ".join(scope.rstrip("/").rpartition("/")[2] for scope in scopes_of(app.provider, app.document))


def _account_input(visit: DeskVisit, problem: str) -> FormInput:
    made = input_for(described(AppTrial)["account"], InputKind.TEXT, "Account (optional)")
    return made.filled(visit.form.get("account", ""), problem)


async def _page(desk: Desk, visit: DeskVisit, found: Mapping[str, object], *, status: int = 200) -> Response:
    app = await desk.apps.describe(visit.path["app"])
    facts = {**app.document, **dict.fromkeys(app.secrets, MASK)}
    values = {
        "steps": (),
        "works": True,
        "trouble": "",
        **found,
        "app": app,
        "provider": PROVIDER_WORDS[app.kind].name,
        "scopes": scopes_of(app.provider, app.document),
        "facts": settings_shown(facts),
        "asks_people": app.provider.grant == "refresh_token",
        "way_back": app.way_back((await desk.runtime.get()).service_url),
        "account": _account_input(visit, str(found.get("problem", ""))),
        "paths": {"list": APPS, **{part: app_path(app.id, part) for part in ("edit", "check", "delete")}},
    }
    return page("oauth2_app.html", visit, values, status=status)


PAGES: Final = (
    DeskPage("GET", APPS, show_all),
    DeskPage("GET", f"{APPS}/{{app}}", show),
    DeskPage("POST", f"{APPS}/{{app}}/check", check),
    DeskPage("POST", f"{APPS}/{{app}}/delete", remove),
)
