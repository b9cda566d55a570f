"""The steps of the hosted sign-in: the address, then a provider or the password, the servers if needed, the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from postroom.accounts.email_address import same_address
from postroom.connections.quirks.library import matching
from postroom.footprint.dataclass import dataclass
from postroom.onboarding.autoconfig.servers import AppPasswordHint
from postroom.onboarding.sign_in.link import Link
from postroom.onboarding.sign_in.service import NoServers, Offer, WrongAddress
from postroom.onboarding.verify import SignInFailed, SignInReport
from postroom.web import protection
from postroom.web.errors import FormRefused
from postroom.web.posted import posted_fields
from postroom.web.sign_in.causes import cause_of, field_of
from postroom.web.sign_in.forms import FIELDS, Entered, Problems, step_of
from postroom.web.sign_in.pages import Cookie, Look, Site, look_for, render

__all__ = ["begin", "go_on"]

_LARGEST_FORM: Final = 65_536
_MOST_FIELDS: Final = 100
_BY_PASSWORD: Final = "imap"  # noqa: S105 - the name of a way to sign in


@dataclass(frozen=True, slots=True)
class _Visit:
    """A visit with a valid link. `kind` is the `type` in its URL; `offers` are the providers to choose from."""

    site: Site
    link: Link
    kind: str
    offers: list[Offer]
    look: Look
    cookie: Cookie
    token: str = field(repr=False)

    def page(self, template: str, entered: Entered, problems: Problems | None = None, **more: Any) -> Response:
        """Return a page of the sign-in. It never shows the password."""
        values = {
            "entered": entered.shown(),
            "fields": FIELDS,
            "problems": problems or {},
            "here": f"?{self.link.query(**({'type': self.kind} if self.kind else {}))}",
            "token": self.token,
            "pinned": self.link.fixed_email,
            "delegated": self.link.delegated,
            "only_found": self.link.only_found,
            "failed": None,
            **more,
        }
        return render(template, self.look, values, cookie=self.cookie)

    def way_to(self, offer: Offer, email: str = "") -> str:
        """Return the link to a provider."""
        return f"?{self.link.query(type=offer.id, **({'email': email} if email else {}))}"


async def begin(site: Site, request: Request) -> Response:
    """GET /accounts/new"""
    visit = await _visit(site, request)
    chosen = next((offer for offer in visit.offers if offer.id == visit.kind), None)
    if chosen is not None:
        email = request.query_params.get("email") or visit.link.email
        url = await site.sign_ins.consent(visit.link, chosen.id, email=email)
        return RedirectResponse(url, 302, headers=protection.headers())
    link = visit.link
    entered = Entered(name=link.name or "", email=link.fixed_email or link.email or "")
    return _ask_address(visit, entered)


async def go_on(site: Site, request: Request) -> Response:
    """POST /accounts/new"""
    visit = await _visit(site, request)
    form = await _form(request)
    secret = (await site.runtime.get()).service_secret
    if not protection.is_genuine(request, secret, visit.link.id, form.get("token", "")):
        raise FormRefused("The form was shown to another browser, or cookies are switched off")
    entered, step = Entered.of(form), step_of(form)
    wrong = entered.address_problems()
    if wrong:
        return _ask_address(visit, entered, wrong)
    try:
        await site.sign_ins.check_address(visit.link, entered.email)
        if step == "address":
            return await _find_servers(visit, entered)
        if visit.link.only_found:
            return await _connect_found(visit, entered)
        if step == "manual":
            return _ask_servers(visit, entered)
        return await _connect(visit, entered, by_hand=step == "servers")
    except NoServers:
        return _ask_address(visit, entered, {"email": "problem.no_servers"})
    except WrongAddress as error:
        return _ask_address(visit, entered, {"email": "problem.wrong_address"}, expected=error.expected)


async def _visit(site: Site, request: Request) -> _Visit:
    query = request.query_params
    link = await site.sign_ins.open(query.get("data", ""), query.get("sig", ""))
    known = await site.runtime.get()
    cookie = protection.cookie_of(request)
    secure = (known.service_url or "").startswith("https:")
    return _Visit(
        site=site,
        link=link,
        kind=query.get("type", ""),
        offers=await site.sign_ins.offers(),
        look=await look_for(site, request, await site.sign_ins.locale(link)),
        cookie=Cookie(cookie, secure),
        token=protection.form_token(known.service_secret, link.id, cookie),
    )


async def _form(request: Request) -> dict[str, str]:
    return dict(await posted_fields(request, largest=_LARGEST_FORM, most=_MOST_FIELDS))


def _ask_address(visit: _Visit, entered: Entered, problems: Problems | None = None, *, expected: str = "") -> Response:
    offers = [] if visit.kind == _BY_PASSWORD else [(offer, visit.way_to(offer)) for offer in visit.offers]
    return visit.page("address.html", entered, problems, offers=offers, expected=expected)


async def _find_servers(visit: _Visit, entered: Entered) -> Response:
    found = await visit.site.sign_ins.search(visit.link, entered.email)
    entered = entered.with_servers(found)
    if found.imap is None and visit.link.only_found:
        raise NoServers(f"No servers are found for {entered.email}")
    if found.imap is None:
        return _ask_servers(visit, entered, searched=True)
    return _ask_password(visit, entered)


def _ask_password(
    visit: _Visit, entered: Entered, problems: Problems | None = None, *, failed: SignInReport | None = None
) -> Response:
    suggested = None
    if visit.kind != _BY_PASSWORD:
        ours = (offer for offer in visit.offers if offer.imap_host and offer.imap_host == entered.imap_host)
        suggested = next(((offer, visit.way_to(offer, entered.email)) for offer in ours), None)
    return visit.page(
        "password.html",
        entered,
        problems,
        suggested=suggested,
        hint=_hint(entered.imap_host, visit.look.language.code),
        failed=_told(failed),
    )


def _ask_servers(
    visit: _Visit,
    entered: Entered,
    problems: Problems | None = None,
    *,
    searched: bool = False,
    failed: SignInReport | None = None,
) -> Response:
    hint = _hint(entered.imap_host, visit.look.language.code)
    return visit.page("servers.html", entered, problems, searched=searched, hint=hint, failed=_told(failed))


async def _connect(visit: _Visit, entered: Entered, *, by_hand: bool) -> Response:
    wrong = {**entered.server_problems(), **_user_problems(visit.link, entered)}
    ask = _asks(by_hand=by_hand or bool(wrong))
    wrong |= entered.password_problems()
    if wrong:
        return ask(visit, entered, wrong)
    try:
        url = await visit.site.sign_ins.connect(visit.link, entered.mailbox())
    except SignInFailed as error:
        # After a refused password only the password is asked for again. Any other failure concerns the servers.
        ask = _asks(by_hand=by_hand or error.code != "AuthenticationError")
        return ask(visit, entered, failed=error.report)
    return visit.page("done.html", entered, url=url)


async def _connect_found(visit: _Visit, entered: Entered) -> Response:
    """Sign in at the servers found for the address. Servers in the form are ignored."""
    wrong = {**entered.user_problems(), **_user_problems(visit.link, entered)} if visit.link.delegated else {}
    wrong |= entered.password_problems()
    if wrong:
        return _ask_password(visit, entered, wrong)
    try:
        url = await visit.site.sign_ins.connect(visit.link, entered.person())
    except SignInFailed as error:
        return _ask_password(visit, entered, failed=error.report)
    return visit.page("done.html", entered, url=url)


def _asks(*, by_hand: bool) -> Callable[..., Response]:
    return _ask_servers if by_hand else _ask_password


def _user_problems(link: Link, entered: Entered) -> Problems:
    """Return a problem if the link is for one person and the user name is another's."""
    if link.expected_email is None:
        return {}
    user, expected = entered.user or entered.email, link.expected_email
    is_theirs = any(same_address(user, name) for name in (expected, expected.rpartition("@")[0]))
    return {} if is_theirs else {"user": "problem.wrong_user"}


def _hint(host: str, language: str) -> AppPasswordHint | None:
    """Return the provider's hint about app passwords, in the language of the page; None if there is none."""
    for profile in matching(host) if host else ():
        if profile.app_password is not None:
            return AppPasswordHint.of(profile.name, profile.app_password, language)
    return None


@dataclass(frozen=True, slots=True)
class _Failed:
    """A failed attempt, as a page shows it.

    `field` is the field to check, None when no field can cure it; `part` is the part of the form with that field.
    """

    protocol: str
    host: str
    port: int
    cause: str
    response: str | None
    field: str | None
    part: str


def _told(report: SignInReport | None) -> _Failed | None:
    if report is None or report.failure is None:
        return None
    cause = cause_of(report.failure)
    found = field_of(cause, report.protocol)
    part = "sign_in" if found in ("user", "password") else report.protocol
    response = report.failure.response
    return _Failed(report.protocol.upper(), report.host, report.port, cause, response, found, part)
