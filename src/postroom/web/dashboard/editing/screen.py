"""Changes an account: the form of a new one, filled with what is stored. Whatever somebody else changed is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from starlette.responses import Response

from postroom.accounts.model import AccountExists, InvalidAccount, Updated, VersionMismatch
from postroom.accounts.rights.allowed import ADMINISTRATOR
from postroom.accounts.settings.problems import Problem
from postroom.onboarding.verify import SignInReport
from postroom.schemas.checking.problems import FaultyField
from postroom.storage.sealing.secrets import SecretUnreadable
from postroom.web.dashboard.accounts.paths import LIST, account_path
from postroom.web.dashboard.adding.bodies import wanted
from postroom.web.dashboard.adding.checking import CheckedForm, check_change
from postroom.web.dashboard.adding.entered import TypedForm, entered_of
from postroom.web.dashboard.adding.fields import FIELDS
from postroom.web.dashboard.adding.form_page import FormShown, form_page, typed_in
from postroom.web.dashboard.adding.problems import PlacedProblems, placed
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.editing.stored import EditedAccount, stored_account
from postroom.web.dashboard.rendering import moved

__all__ = ["PAGES"]

_FIXED: Final = ("account", "imapIndexer")
"""What a registration alone can say."""

_LOST: Final = "The stored passwords cannot be opened, because the key that they were sealed with is missing."


async def show(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/accounts/{account}/edit"""
    stored = await stored_account(desk, visit.path["account"])
    return await _ask(desk, visit, stored, TypedForm(stored.texts), stored.view.row.tag)


async def go_on(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/accounts/{account}/edit"""
    account, tag = visit.path["account"], visit.form.get("tag", "")
    stored = await stored_account(desk, account)
    typed = typed_in(desk, visit, _form(account))
    entered = typed.with_texts({name: stored.texts[name] for name in _FIXED})
    form = await _checked(desk, stored, entered)
    if form.problems:
        return await _ask(desk, visit, stored, entered, tag, placed(form.problems))
    try:
        if visit.form.get("step") == "try":
            reports = await desk.registrations.try_change(account, form.body)
            return await _ask(desk, visit, stored, entered, tag, reports=reports)
        done = await desk.registrations.change(account, form.body, verify=False, if_match=tag, by=ADMINISTRATOR)
    except VersionMismatch:
        return await _changed_meanwhile(desk, visit, entered)
    except InvalidAccount as error:
        return await _ask(desk, visit, stored, entered, tag, placed(error.problems))
    except AccountExists as error:
        return await _ask(
            desk, visit, stored, entered, tag, PlacedProblems({}, (f"{error.message}: {error.existing}.",))
        )
    except SecretUnreadable:
        return await _ask(desk, visit, stored, entered, tag, PlacedProblems({}, (f"{_LOST} Enter them again.",)))
    return _stored(done)


def _stored(done: Updated) -> Response:
    here = account_path(done.account)
    if done.warnings:
        return moved(here, f"The changes are stored, but for this: {' '.join(done.warnings)}", tone="wait")
    return moved(here, "The changes are stored.")


def _form(account: str) -> str:
    return f"edit:{account}"


async def _checked(desk: Desk, stored: EditedAccount, entered: TypedForm) -> CheckedForm:
    """Return the change that the form stands for, with all its problems."""
    # A form loses spaces at the ends of a text. That is no change.
    before = entered_of(stored.texts, {}).texts
    form = check_change(desk.settings, wanted(entered.texts, before, stored.document), stored.document)
    found: list[FaultyField | Problem] = list(form.problems)
    if not entered.texts["email"]:
        found.append(FaultyField("email", '"email" is required'))
    try:
        await desk.accounts.preview(stored.view.row.account, form.body)
    except InvalidAccount as error:
        found += error.problems
    except SecretUnreadable:
        # The change leaves the lost secrets alone, so it can be stored without them.
        pass
    return replace(form, problems=tuple(found))


async def _changed_meanwhile(desk: Desk, visit: DeskVisit, entered: TypedForm) -> Response:
    """Show what is stored now beside what was typed; to store it again is then a decision."""
    stored = await stored_account(desk, visit.path["account"])
    others = list(_differences(entered.shown(), stored.texts))
    return await _ask(desk, visit, stored, entered, stored.view.row.tag, conflict=others)


def _differences(typed: Mapping[str, str], stored: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, field in FIELDS.items():
        if typed[name] != stored[name]:
            yield field.label, stored[name]


async def _ask(
    desk: Desk,
    visit: DeskVisit,
    stored: EditedAccount,
    entered: TypedForm,
    tag: str,
    problems: PlacedProblems | None = None,
    *,
    reports: list[SignInReport] | None = None,
    conflict: list[tuple[str, str]] | None = None,
) -> Response:
    account = stored.view.row.account
    more = {
        "action": account_path(account, "edit"),
        "here": account_path(account),
        "row": stored.view.row,
        "stored": stored.view.masked,
        "lost": _LOST if stored.lost else "",
        "tag": tag,
        "conflict": conflict,
    }
    form = FormShown("account_edit.html", _form(account), entered, problems or PlacedProblems(), reports or (), more)
    return await form_page(desk, visit, form)


_PATH: Final = f"{LIST}/{{account}}/edit"
PAGES: Final = (DeskPage("GET", _PATH, show), DeskPage("POST", _PATH, go_on))
