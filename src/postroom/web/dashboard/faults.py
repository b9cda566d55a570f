"""Turns every error of the dashboard into a page for people, with its HTTP status and what to do."""

from __future__ import annotations

from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from postroom.accounts.bulk.model import JobNotFound
from postroom.accounts.model import AccountNotFound
from postroom.errors import OutcomeUnknown, PostroomError, StorageUnavailable
from postroom.events.model import EventNotFound
from postroom.oauth2.model import AppNotFound
from postroom.submission.outbox.model import SubmissionNotFound
from postroom.web.dashboard.rendering import alone
from postroom.web.errors import FormRefused, FormTooLarge, MethodUnknown, NoSuchPage, incident_of
from postroom.webhooks.model import DeliveryNotFound, EndpointNotFound

__all__ = ["fault_page"]

_RETRY_AFTER: Final = "5"
_FAULT: Final = (500, "Something went wrong", "This is a fault of Postroom. The log says more under this number:")
_NOTICES: Final[dict[type[BaseException], tuple[int, str, str]]] = {
    NoSuchPage: (404, "There is no such page", "It may have been removed, or the link is wrong."),
    AccountNotFound: (404, "There is no such account", "It may have been deleted, or the link is wrong."),
    EndpointNotFound: (404, "There is no such endpoint", "It may have been deleted, or the link is wrong."),
    DeliveryNotFound: (
        404,
        "There is no such delivery",
        "It was removed when its time was over, or the link is wrong.",
    ),
    EventNotFound: (
        404,
        "There is no such event",
        "Events are kept for some time only; or the link is wrong.",
    ),
    AppNotFound: (404, "There is no such application", "It may have been deleted, or the link is wrong."),
    JobNotFound: (404, "There is no such action", "What was done to many accounts is forgotten after a week."),
    SubmissionNotFound: (
        404,
        "There is no such message in the outbox",
        "What became of a message is kept for 90 days, unless its account is deleted.",
    ),
    MethodUnknown: (405, "There is no such page", "A form was sent to a page that takes none."),
    FormRefused: (
        403,
        "The form was not accepted",
        "Its session has ended, or another site sent it. Open the page again.",
    ),
    FormTooLarge: (413, "The form is too large", "Nothing was stored. Send less at a time."),
    ClientDisconnect: (400, "The form did not arrive", "Nothing was stored."),
    StorageUnavailable: (
        503,
        "The database does not answer",
        "Nothing was stored. Try again in a minute; `postroom doctor` says what is wrong.",
    ),
    OutcomeUnknown: (
        503,
        "The database went away",
        "It is not known whether this was stored. Open the page again in a minute, and look.",
    ),
}


async def fault_page(request: Request, error: Exception) -> Response:
    """Return the page about an error. Its cause is in the log, and not on the page."""
    status, title, text = next((_NOTICES[kind] for kind in type(error).__mro__ if kind in _NOTICES), _FAULT)
    incident = ""
    if status == 500 and isinstance(error, PostroomError):
        # A refusal that the screen did not expect; its words are for people.
        status, title, text = 400, "This did not work", error.message
    elif status == 500:
        incident = incident_of(request, error)
    response = alone("fault.html", {"title": title, "text": text, "incident": incident}, status=status)
    if status == 405:
        response.headers["allow"] = "GET, HEAD, POST"
    if status == 503:
        response.headers["retry-after"] = _RETRY_AFTER
    return response
