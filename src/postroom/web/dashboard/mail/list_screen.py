"""The folders of an account, and the messages of one of them, newest first."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from postroom.accounts.model import AccountView
from postroom.mail.shapes import FolderObject
from postroom.mailboxes.folders.service import FolderOverview
from postroom.mailboxes.lists.page import MessagePage
from postroom.mailboxes.visit import TimeAllowed
from postroom.web.dashboard.accounts.paths import LIST, account_path
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.mail.lines import MessageLine, folder_lines, message_line
from postroom.web.dashboard.mail.paths import MAIL, mail_path
from postroom.web.dashboard.mail.refusal_page import refused
from postroom.web.dashboard.mail.refusals import REFUSALS, refusal_of
from postroom.web.dashboard.mail.wish import MailWish, read_mail_wish
from postroom.web.dashboard.rendering import page
from postroom.words.strangers import take_in

__all__ = ["PAGES", "PATIENCE"]

PATIENCE: Final = 15.0
"""Seconds that a page waits for the mail server."""

_OF_THE_ACCOUNT: Final = frozenset({"\\sent", "\\drafts"})


async def show(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/accounts/{account}/mail"""
    view = await desk.accounts.get(visit.path["account"])
    wish, allowed = read_mail_wish(view.row.account, visit.request.query_params), TimeAllowed.after(PATIENCE)
    try:
        overview = await desk.folders.list(wish.account, allowed)
    except REFUSALS as error:
        return refused(visit, view, refusal_of(error), retry=wish.path)
    values = {**_of_account(view), **_of_folders(overview, wish), "found": None, "refusal": None, "rows": ()}
    try:
        found = await _page(desk, wish, allowed)
    except REFUSALS as error:
        refusal = refusal_of(error)
        return page("mail.html", visit, {**values, "refusal": refusal}, status=refusal.status)
    return page("mail.html", visit, {**values, **_of_page(found, overview, wish)})


async def _page(desk: Desk, wish: MailWish, allowed: TimeAllowed) -> MessagePage:
    if wish.terms.are_empty:
        return await desk.mail.page(wish.account, wish.folder, wish.asked(), allowed)
    return await desk.searches.in_folder(wish.account, wish.folder, wish.terms, wish.asked(), allowed)


def _of_account(view: AccountView) -> dict[str, object]:
    account = view.row.account
    paths = {
        "accounts": LIST,
        "account": account_path(account),
        "mail": mail_path(account),
        "test": account_path(account, "test-message"),
        "diagnosis": account_path(account, "diagnosis"),
    }
    return {"row": view.row, "paths": paths}


def _of_folders(overview: FolderOverview, wish: MailWish) -> dict[str, object]:
    return {
        "wish": wish,
        "folder_name": take_in(wish.folder, longest=200),
        "folders": folder_lines(overview.folders, wish),
        "stored_at": overview.stored_at if overview.stored else None,
        "are_stored": overview.stored,
    }


def _of_page(found: MessagePage, overview: FolderOverview, wish: MailWish) -> dict[str, object]:
    ours = _is_of_the_account(overview.folders, wish)
    lines: list[MessageLine] = [message_line(wish.account, each, by_recipients=ours) for each in found.messages]
    return {
        "found": found,
        "rows": lines,
        "by_recipients": ours,
        "older": wish.at(found.older),
        "newer": wish.at(found.newer),
        "gaps": [each.reason for each in found.incomplete or ()],
    }


def _is_of_the_account(folders: list[FolderObject], wish: MailWish) -> bool:
    """Whether the messages of this folder were written by the account, so that their recipients tell more."""
    roles = {folder["path"]: folder.get("specialUse", "") for folder in folders}
    return roles.get(wish.folder, wish.folder).lower() in _OF_THE_ACCOUNT


PAGES: Final = (DeskPage("GET", MAIL, show),)
