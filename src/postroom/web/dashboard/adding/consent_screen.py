"""The way to an OAuth2 provider for an account of the dashboard, and the way back."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from postroom.accounts.email_address import same_address
from postroom.accounts.model import AccountView
from postroom.accounts.settings.shapes import Document
from postroom.web.dashboard.accounts.paths import account_path
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.rendering import moved, page

__all__ = ["BACK", "PAGES", "asking", "sent_away"]

BACK: Final = "/dashboard/consented"


async def asking(desk: Desk, visit: DeskVisit, block: Document) -> Document:
    """Return an `oauth2` block that asks for a consent, from which the browser comes back to the dashboard."""
    origin = visit.request.headers.get("origin", "")
    if not origin.startswith(("http://", "https://")):
        origin = (await desk.runtime.get()).service_url or ""
    return {**block, "authorize": True, **({"redirectUrl": f"{origin}{BACK}"} if origin else {})}


def sent_away(visit: DeskVisit, link: str, provider: str) -> Response:
    """Return a page that sends the browser to a consent. A form's answer itself may not lead to another site."""
    return page("account_consent.html", visit, {"link": link, "provider": provider})


async def come_back(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/consented"""
    view = await desk.accounts.get(visit.request.query_params.get("account", ""))
    here = account_path(view.row.account)
    is_new = visit.request.query_params.get("state") == "new"
    other = _other_person(view) if is_new else ""
    if other:
        words = f"{other} signed in, and the address of this account is {view.row.email}. Is that the right mailbox?"
        return moved(here, words, tone="wait")
    return moved(here, f"{view.row.name} was added." if is_new else "The sign-in was renewed.")


def _other_person(view: AccountView) -> str:
    """Return who signed in, if that is not the owner of the account's address."""
    oauth2 = view.settings.oauth2
    user = oauth2.who.user if oauth2 is not None and not oauth2.who.delegated_user else None
    return user if user and not same_address(user, view.row.email) else ""


PAGES: Final = (DeskPage("GET", BACK, come_back),)
