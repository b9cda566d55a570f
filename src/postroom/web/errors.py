"""Turns every error of the pages into a page for people, with its text and HTTP status."""

from __future__ import annotations

import secrets as random
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from postroom.accounts.model import AccountExists, InvalidAccount
from postroom.errors import OutcomeUnknown, Permanent, StorageUnavailable
from postroom.log import get_logger
from postroom.onboarding.sign_in.link import LinkRefused
from postroom.onboarding.sign_in.service import LinkUsed, TooManyTries
from postroom.web.sign_in.pages import Site, look_for, render

__all__ = ["FormRefused", "FormTooLarge", "MethodUnknown", "NoSuchPage", "guarded", "incident_of", "page_about"]

log = get_logger("web")


class NoSuchPage(Permanent):
    """There is no page under this path."""


class MethodUnknown(Permanent):
    """The page does not support this HTTP method."""


class FormRefused(Permanent):
    """The form was sent by a browser to which it was not shown."""


class FormTooLarge(Permanent):
    """The form is larger than anything a person would type."""


_RETRY_AFTER: Final = "5"
_NOTICES: Final[dict[type[BaseException], tuple[int, str]]] = {
    LinkRefused: (403, "link_refused"),
    FormRefused: (403, "form_refused"),
    NoSuchPage: (404, "no_page"),
    MethodUnknown: (405, "no_page"),
    AccountExists: (409, "account_exists"),
    InvalidAccount: (400, "not_accepted"),
    LinkUsed: (410, "link_used"),
    FormTooLarge: (413, "not_accepted"),
    ClientDisconnect: (400, "not_accepted"),
    TooManyTries: (429, "too_many"),
    StorageUnavailable: (503, "unavailable"),
    OutcomeUnknown: (503, "not_known"),
}


async def guarded(
    work: Callable[[], Awaitable[Response]], about: Callable[[Exception], Awaitable[Response]]
) -> Response:
    """Return the page, or the page about its error, which `about` makes. No exception escapes."""
    try:
        return await work()
    except Exception as error:  # noqa: BLE001 - every error becomes a page here
        return await about(error)


def incident_of(request: Request, error: Exception) -> str:
    """Log a fault of ours and return its number, which the page shows instead of the cause."""
    incident = random.token_hex(4)
    log.exception("page failed", path=request.url.path, incident=incident, exc_info=error)
    return incident


async def page_about(site: Site, request: Request, error: Exception, retry: str | None = None) -> Response:
    """Return the page about an error; `retry` is a link with which the person can try again."""
    status, notice = next((_NOTICES[kind] for kind in type(error).__mro__ if kind in _NOTICES), (500, "fault"))
    incident = incident_of(request, error) if notice == "fault" else ""
    values = {"notice": notice, "incident": incident, "retry": retry}
    response = render("notice.html", await look_for(site, request), values, status=status)
    if status == 405:
        response.headers["allow"] = "GET, HEAD, POST"
    if status == 503:
        response.headers["retry-after"] = _RETRY_AFTER
    return response
