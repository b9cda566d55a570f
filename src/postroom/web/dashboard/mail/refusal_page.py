"""The page that stands where mail cannot be shown: why, what to do, and how the account is."""

from __future__ import annotations

from starlette.responses import Response

from postroom.accounts.model import AccountView
from postroom.web.dashboard.accounts.condition import condition_of
from postroom.web.dashboard.accounts.paths import LIST, account_path
from postroom.web.dashboard.desk import DeskVisit
from postroom.web.dashboard.mail.paths import mail_path
from postroom.web.dashboard.mail.refusals import Refusal
from postroom.web.dashboard.rendering import page

__all__ = ["refused"]


def refused(visit: DeskVisit, view: AccountView, refusal: Refusal, *, retry: str) -> Response:
    """Return the page. `retry` is the path of what was asked for."""
    account = view.row.account
    values = {
        "row": view.row,
        "refusal": refusal,
        "condition": condition_of(view),
        "paths": {
            "accounts": LIST,
            "account": account_path(account),
            "mail": mail_path(account),
            "diagnosis": account_path(account, "diagnosis"),
            "retry": retry,
        },
    }
    return page("mail_refused.html", visit, values, status=refusal.status)
