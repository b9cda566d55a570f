"""The settings: those that change at run time with a form for each noun, and those of the process for reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from starlette.responses import Response

from postroom.configuration.keys import masked_problems
from postroom.log import get_logger
from postroom.schemas.checking.checked import checked, context_of
from postroom.schemas.checking.problems import FaultyField
from postroom.schemas.checking.usable import usable
from postroom.schemas.requests.settings import SettingsChange
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.guard import browser_of
from postroom.web.dashboard.inputs.made import FormInput, InputKind, with_problems
from postroom.web.dashboard.rendering import moved, page
from postroom.web.dashboard.settings.of_process import process_settings
from postroom.web.dashboard.settings.run_time import NEW_SECRET, SettingGroup, change_of, groups_shown
from postroom.web.errors import NoSuchPage

__all__ = ["PAGES"]

_HERE: Final = "/dashboard/settings"
_NOT_STORED: Final = "not stored yet; enter it once more"

log = get_logger("dashboard")


async def show(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/settings"""
    return await _page(desk, visit, await _groups(desk))


async def change(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/settings/{group}"""
    groups, slug, form = await _groups(desk), visit.path["group"], visit.form
    group = next((each for each in groups if each.slug == slug), None)
    if group is None:
        raise NoSuchPage(slug)
    known = await desk.runtime.get()
    asked = change_of(group.inputs, form, known.webhooks_custom_headers)
    if not asked:
        return moved(f"{_HERE}#{slug}", "Nothing was changed.", tone="wait")
    problems: list[FaultyField] = []
    body = checked(SettingsChange, asked, problems, context=context_of(desk.settings))
    told = {each.key for each in problems}
    masks = masked_problems(usable(SettingsChange, asked, context_of(desk.settings)))
    problems += [FaultyField(key, words) for key, words in masks if key not in told]
    if problems:
        return await _page(desk, visit, [_refused(each, visit, problems) if each is group else each for each in groups])
    names = await desk.runtime.update(body)
    log.info(
        "settings changed",
        settings=sorted(names),
        by=visit.visitor.name,
        address=browser_of(desk, visit.request).address,
    )
    return moved(f"{_HERE}#{slug}", f"Stored: {', '.join(sorted(names))}.")


def _refused(group: SettingGroup, visit: DeskVisit, problems: Sequence[FaultyField]) -> SettingGroup:
    """Return the group with what was entered, and what is wrong with it."""
    entered = [
        _secret(each, visit) if each.kind is InputKind.SECRET else each.filled(visit.form.get(each.name, each.value))
        for each in group.inputs
    ]
    found, others = with_problems(entered, problems)
    return replace(group, inputs=found, others=others)


def _secret(each: FormInput, visit: DeskVisit) -> FormInput:
    """Return the input of a secret, which is never shown again. It says so if one was entered: it was not stored."""
    return replace(each, aside=_NOT_STORED) if visit.form.get(each.name, "").strip() else each


async def _groups(desk: Desk) -> list[SettingGroup]:
    return groups_shown(await desk.runtime.get(), desk.runtime.defaults(), await desk.runtime.chosen())


async def _page(desk: Desk, visit: DeskVisit, groups: Sequence[SettingGroup]) -> Response:
    is_refused = any(each.problem for group in groups for each in group.inputs) or any(each.others for each in groups)
    values = {
        "groups": groups,
        # A field is compared with what it was when the form was shown first.
        "was": {name.removeprefix("was."): text for name, text in visit.form.items() if name.startswith("was.")},
        "unreadable": sorted((await desk.runtime.get()).unreadable),
        "process": process_settings(desk.settings, desk.places),
        "new_secret": NEW_SECRET,
        "wants_new_secret": visit.form.get(NEW_SECRET) == "1",
        "here": _HERE,
    }
    return page("settings.html", visit, values, status=400 if is_refused else 200)


PAGES: Final = (
    DeskPage("GET", _HERE, show),
    DeskPage("POST", f"{_HERE}/{{group}}", change),
)
