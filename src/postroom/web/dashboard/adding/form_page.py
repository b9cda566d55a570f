"""The page with the form of an account, for a new one and for one that is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Final

from starlette.responses import Response

from postroom.footprint.dataclass import dataclass
from postroom.onboarding.verify import SignInReport
from postroom.web.dashboard.accounts.paths import LIST
from postroom.web.dashboard.adding.entered import TypedForm, entered_of
from postroom.web.dashboard.adding.fields import FIELDS, MORE, SERVERS
from postroom.web.dashboard.adding.offers import OAuthOffer, app_password_hint, offers
from postroom.web.dashboard.adding.problems import PlacedProblems
from postroom.web.dashboard.adding.tries import all_worked, blamed, result_of
from postroom.web.dashboard.desk import Desk, DeskVisit
from postroom.web.dashboard.rendering import page

__all__ = ["NEW", "FormShown", "form_page", "typed_in"]

NEW: Final = "new"
"""The name of the form of an account that does not exist yet."""


@dataclass(frozen=True, slots=True)
class FormShown:
    """What the page shows: the form with its problems, and what servers said when it was tried.

    `more` are values that only the template of one of the two pages knows.
    """

    template: str
    form: str
    entered: TypedForm
    problems: PlacedProblems = field(default_factory=PlacedProblems)
    reports: Sequence[SignInReport] = ()
    more: Mapping[str, object] = field(default_factory=dict)


def typed_in(desk: Desk, visit: DeskVisit, form: str) -> TypedForm:
    """Return what was typed into a form, with the secrets that its page has kept."""
    kept = desk.kept.open(visit.visitor.session.id, form, visit.form.get("kept", ""))
    return entered_of(visit.form, kept)


async def form_page(desk: Desk, visit: DeskVisit, shown: FormShown) -> Response:
    """Return the page; its status says whether the form can be used as it is."""
    entered, texts = shown.entered, shown.entered.shown()
    problems = {**blamed(shown.reports), **shown.problems.fields}
    found = await offers(desk.apps, texts["imap.host"])
    values = {
        "texts": texts,
        "problems": problems,
        "others": shown.problems.others,
        "wrong": [(name, FIELDS[name].label) for name in shown.problems.fields if name in FIELDS],
        "results": [_result(report, texts) for report in shown.reports],
        "worked": bool(shown.reports) and all_worked(shown.reports),
        "kept": desk.kept.seal(visit.visitor.session.id, shown.form, entered.hidden()),
        "offers": found,
        "apps": _apps(found, texts["oauth2.provider"]),
        "hint": app_password_hint(texts["imap.host"]),
        "opened": {name: _is_open(name, texts, problems) for name in ("further", "oauth2", *SERVERS)},
        "list": LIST,
        **shown.more,
    }
    return page(shown.template, visit, values, status=400 if shown.problems else 200)


def _apps(found: Sequence[OAuthOffer], chosen: str) -> list[tuple[str, str]]:
    """Return the applications to choose from. One that is chosen stays, even if it was removed."""
    names = {each.id: each.name for each in found}
    gone = {chosen: chosen} if chosen and chosen not in names else {}
    return [("", "None"), *{**names, **gone}.items()]


def _result(report: SignInReport, texts: Mapping[str, str]) -> object:
    uses_password = not texts["oauth2.provider"] and not texts[f"{report.protocol}.useAuthServer"]
    return result_of(report, texts[f"{report.protocol}.security"], has_password=uses_password)


def _is_open(part: str, texts: Mapping[str, str], problems: Mapping[str, str]) -> bool:
    """Say whether a part that usually is closed has something to show: a problem, or a value."""
    if part == "oauth2":
        names = [name for name in FIELDS if name.startswith("oauth2.")]
    else:
        names = [name for name in MORE if (name.startswith(f"{part}.") if part in SERVERS else "." not in name)]
    return any(name in problems or texts[name] for name in names)
