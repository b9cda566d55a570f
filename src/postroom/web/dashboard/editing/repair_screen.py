"""Repairs the sign-in of an account: a new password, tried before it is stored, or a new consent at the provider."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from postroom.accounts.model import InvalidAccount
from postroom.accounts.rights.allowed import ADMINISTRATOR
from postroom.accounts.settings.shapes import Document
from postroom.onboarding.verify import SignInReport
from postroom.schemas.checking.checked import checked
from postroom.schemas.checking.problems import FaultyField
from postroom.schemas.requests.accounts import AccountChange
from postroom.storage.sealing.secrets import SecretUnreadable
from postroom.web.dashboard.accounts.condition import condition_of
from postroom.web.dashboard.accounts.paths import LIST, account_path
from postroom.web.dashboard.adding.consent_screen import asking, sent_away
from postroom.web.dashboard.adding.entered import TypedForm
from postroom.web.dashboard.adding.fields import BLANK, at
from postroom.web.dashboard.adding.form_page import FormShown, form_page, typed_in
from postroom.web.dashboard.adding.offers import name_of_app
from postroom.web.dashboard.adding.problems import PlacedProblems, placed
from postroom.web.dashboard.adding.tries import all_worked
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.editing.cures import cure_of
from postroom.web.dashboard.editing.stored import EditedAccount, stored_account
from postroom.web.dashboard.rendering import moved

__all__ = ["PAGES"]

_MISSING: Final = "Enter the password."


async def show(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/accounts/{account}/repair"""
    return await _ask(desk, visit, await stored_account(desk, visit.path["account"]), TypedForm(BLANK))


async def go_on(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/accounts/{account}/repair"""
    account = visit.path["account"]
    stored = await stored_account(desk, account)
    entered = typed_in(desk, visit, _form(account))
    change, wrong = _change(stored, entered)
    if wrong:
        return await _ask(desk, visit, stored, entered, wrong)
    try:
        if visit.form.get("step") != "anyway":
            reports = await desk.registrations.try_change(account, change)
            if not all_worked(reports):
                return await _ask(desk, visit, stored, entered, reports=reports)
        await desk.registrations.change(account, change, verify=False, if_match=None, by=ADMINISTRATOR)
    except InvalidAccount as error:
        return await _ask(desk, visit, stored, entered, placed(error.problems))
    except SecretUnreadable as error:
        return await _ask(desk, visit, stored, entered, PlacedProblems({}, (error.message,)))
    if (await desk.accounts.get(account)).row.revision == stored.view.row.revision:
        # The same password as before: its owner may have unlocked the mailbox meanwhile.
        await desk.accounts.reconnect(account)
    return moved(account_path(account), "The password is stored. The account is being connected.")


async def consent(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/accounts/{account}/consent"""
    account = visit.path["account"]
    stored = await stored_account(desk, account)
    oauth2 = stored.view.settings.oauth2
    app = (oauth2.provider if oauth2 is not None else None) or ""
    who = {name: value for name, value in (at(stored.view.masked, "oauth2.auth") or {}).items() if value}
    row, expected = stored.view.row, stored.view.settings.expected_email
    body: Document = {
        "name": row.name,
        "email": row.email,
        "oauth2": await asking(desk, visit, {"provider": app, **({"auth": who} if who else {})}),
    }
    user = who.get("user") or ""
    person = expected or (user if "@" in user else None)
    try:
        link = await desk.registrations.begin_consent(account, body, until=None, person=person)
    except InvalidAccount as error:
        return await _ask(desk, visit, stored, TypedForm(BLANK), placed(error.problems))
    return sent_away(visit, link, await name_of_app(desk.apps, app))


def _form(account: str) -> str:
    return f"repair:{account}"


def _change(stored: EditedAccount, entered: TypedForm) -> tuple[Document, PlacedProblems]:
    """Return the change of the passwords, and what is wrong with them."""
    password, own = entered.texts["imap.auth.pass"], entered.texts["smtp.auth.pass"]
    if not password and not own:
        return {}, PlacedProblems({"imap.auth.pass": _MISSING})
    change: Document = {}
    if password and "imap" in stored.document:
        change["imap"] = {"auth": {"pass": password}}
    for_sending = own or (password if _has_one_password(stored) else "")
    if for_sending and at(stored.document, "smtp.auth.user"):
        change["smtp"] = {"auth": {"pass": for_sending}}
    wrong: list[FaultyField] = []
    checked(AccountChange, change, wrong)
    return change, placed(wrong)


def _has_one_password(stored: EditedAccount) -> bool:
    """Say whether one password is for receiving and sending."""
    ours = at(stored.document, "smtp.auth.pass")
    return ours is None or "imap" not in stored.document or ours == at(stored.document, "imap.auth.pass")


async def _ask(
    desk: Desk,
    visit: DeskVisit,
    stored: EditedAccount,
    entered: TypedForm,
    problems: PlacedProblems | None = None,
    *,
    reports: list[SignInReport] | None = None,
) -> Response:
    view = stored.view
    account = view.row.account
    has_own = bool(at(stored.document, "smtp.auth.user")) and not _has_one_password(stored)
    more = {
        "action": account_path(account, "repair"),
        "consent": account_path(account, "consent"),
        "edit": account_path(account, "edit"),
        "here": account_path(account),
        "row": view.row,
        "condition": condition_of(view),
        "cure": cure_of(account, view.settings, await desk.apps.kinds()),
        "user": at(view.masked, "imap.auth.user") or at(view.masked, "smtp.auth.user") or view.row.email,
        "has_own": has_own,
    }
    texts = {f"{name}.security": stored.texts[f"{name}.security"] for name in ("imap", "smtp")}
    shown = entered.with_texts({**texts, "imap.host": stored.texts["imap.host"]})
    form = FormShown("account_repair.html", _form(account), shown, problems or PlacedProblems(), reports or (), more)
    return await form_page(desk, visit, form)


_PATH: Final = f"{LIST}/{{account}}/repair"
PAGES: Final = (
    DeskPage("GET", _PATH, show),
    DeskPage("POST", _PATH, go_on),
    DeskPage("POST", f"{LIST}/{{account}}/consent", consent),
)
