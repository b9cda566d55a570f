"""Adds an account: its address first, then its servers as they were found, a trial of them, and the registration."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from postroom.accounts.model import AccountExists, InvalidAccount
from postroom.accounts.settings.problems import Problem
from postroom.accounts.settings.shapes import Document
from postroom.onboarding.autoconfig.servers import Found, FoundServer
from postroom.onboarding.verify import SignInReport
from postroom.schemas.checking.checked import checked
from postroom.schemas.checking.problems import FaultyField
from postroom.schemas.requests.accounts import NewAccount
from postroom.web.dashboard.accounts.paths import ADD, LIST, account_path
from postroom.web.dashboard.adding.bodies import wanted
from postroom.web.dashboard.adding.checking import CheckedForm, check_new, new_wanted
from postroom.web.dashboard.adding.consent_screen import asking, sent_away
from postroom.web.dashboard.adding.entered import TypedForm
from postroom.web.dashboard.adding.fields import BLANK, SERVERS
from postroom.web.dashboard.adding.form_page import NEW, FormShown, form_page, typed_in
from postroom.web.dashboard.adding.offers import name_of_app
from postroom.web.dashboard.adding.problems import PlacedProblems, placed
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.rendering import moved, page

__all__ = ["PAGES"]

_PORTS: Final = {"imap": "993", "smtp": "465"}
_NO_SERVERS: Final = {f"{name}.{part}": "" for name in SERVERS for part in ("used", "host")}


async def show(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/accounts/add"""
    return _ask_address(visit, TypedForm(BLANK))


async def go_on(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/accounts/add"""
    entered = typed_in(desk, visit, NEW)
    step, _, app = visit.form.get("step", "").partition(":")
    if step not in ("try", "add", "consent", "service"):
        return await _find(desk, visit, entered)
    if step == "consent":
        return await _consent(desk, visit, entered, app)
    chosen = entered
    if step == "service":
        chosen = entered.with_texts({"oauth2.provider": app, "oauth2.auth.user": entered.texts["email"], **_NO_SERVERS})
    form = _checked(desk, chosen)
    if form.problems:
        return await _ask(desk, visit, entered, placed(form.problems))
    account: str | None = form.body.pop("account", None)
    try:
        if step == "try":
            return await _ask(desk, visit, entered, reports=await desk.registrations.try_new(account, form.body))
        done = await desk.registrations.register(account, form.body, verify=False, upsert=False)
    except InvalidAccount as error:
        return await _ask(desk, visit, entered, placed(error.problems))
    except AccountExists as error:
        return await _ask(desk, visit, entered, _taken(error, entered))
    return moved(account_path(done.account), f"{form.body['name']} was added, and is being connected.")


def _checked(desk: Desk, entered: TypedForm) -> CheckedForm:
    return check_new(desk.settings, wanted(new_wanted(entered.texts), BLANK, {}))


def _taken(error: AccountExists, entered: TypedForm) -> PlacedProblems:
    """Return where somebody chooses another id, or learns that the mailbox is there already."""
    if error.existing == entered.texts["account"]:
        return placed([Problem("account", "There is an account with this id already.")])
    return PlacedProblems({}, (f"{error.message}: {error.existing}.",))


def _ask_address(visit: DeskVisit, entered: TypedForm, problems: PlacedProblems | None = None) -> Response:
    found = problems or PlacedProblems()
    values = {"texts": entered.shown(), "problems": found.fields, "add": ADD, "list": LIST}
    return page("account_add.html", visit, values, status=400 if found else 200)


async def _find(desk: Desk, visit: DeskVisit, entered: TypedForm) -> Response:
    """Look for the servers of the address, and ask for the rest."""
    name, email = entered.texts["name"], entered.texts["email"]
    wrong: list[FaultyField] = [] if email else [FaultyField("email", '"email" is required')]
    checked(NewAccount, {"account": None, "name": name or email or "-", "email": email}, wrong)
    if wrong:
        return _ask_address(visit, entered, placed(wrong))
    found = await desk.autoconfig.find(email)
    return await _ask(desk, visit, _with_servers(entered, found), source=found.source)


def _with_servers(entered: TypedForm, found: Found) -> TypedForm:
    email = entered.texts["email"]
    texts = {"account": email, "imap.auth.user": found.imap.user if found.imap is not None else email}
    for name, server in (("imap", found.imap), ("smtp", found.smtp)):
        texts |= _server_texts(name, server)
    if found.smtp is not None and found.smtp.user != texts["imap.auth.user"]:
        texts["smtp.auth.user"] = found.smtp.user
    return entered.with_texts({**texts, "imap.used": "1", "smtp.used": "1" if found.smtp is not None else ""})


def _server_texts(name: str, server: FoundServer | None) -> dict[str, str]:
    if server is None:
        return {f"{name}.host": "", f"{name}.port": _PORTS[name], f"{name}.security": "tls"}
    security = "tls" if server.secure else "starttls"
    return {f"{name}.host": server.host, f"{name}.port": str(server.port), f"{name}.security": security}


async def _ask(
    desk: Desk,
    visit: DeskVisit,
    entered: TypedForm,
    problems: PlacedProblems | None = None,
    *,
    reports: list[SignInReport] | None = None,
    source: str = "",
) -> Response:
    more = {"action": ADD, "source": source, "stored": {}}
    shown = FormShown("account_new.html", NEW, entered, problems or PlacedProblems(), reports or (), more)
    return await form_page(desk, visit, shown)


async def _consent(desk: Desk, visit: DeskVisit, entered: TypedForm, app: str) -> Response:
    """Keep the account until its owner has consented at the provider, and send the browser there."""
    form = _checked(desk, entered.with_texts({"oauth2.provider": app, **_NO_SERVERS, "oauth2.auth.user": ""}))
    body: Document = form.body
    account: str | None = body.pop("account", None)
    # Who signs in says whose mailbox it is.
    wrong = [each for each in form.problems if each.key != "oauth2.auth.user"]
    if wrong:
        return await _ask(desk, visit, entered, placed(wrong))
    body["oauth2"] = await asking(desk, visit, body["oauth2"])
    try:
        link = await desk.registrations.begin_consent(account, body, until=None)
    except InvalidAccount as error:
        return await _ask(desk, visit, entered, placed(error.problems))
    return sent_away(visit, link, await name_of_app(desk.apps, app))


PAGES: Final = (DeskPage("GET", ADD, show), DeskPage("POST", ADD, go_on))
