"""The buttons of an account: reconnect, disconnect, sync, delete."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from postroom.accounts.model import NotConnected
from postroom.web.dashboard.accounts.paths import LIST, account_path
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.rendering import moved

__all__ = ["PAGES"]


async def reconnect(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/accounts/{account}/reconnect"""
    account = visit.path["account"]
    await desk.accounts.reconnect(account)
    return moved(account_path(account), "A new connection is being opened.")


async def disconnect(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/accounts/{account}/disconnect"""
    account = visit.path["account"]
    await desk.accounts.disconnect(account)
    return moved(account_path(account), "The connection is being closed, and stays closed until you reconnect it.")


async def sync(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/accounts/{account}/sync"""
    account = visit.path["account"]
    try:
        await desk.accounts.request_sync(account)
    except NotConnected as error:
        return moved(account_path(account), f"{error.message} A sync needs a connection.", tone="wait")
    return moved(account_path(account), "Every folder is being looked at.")


async def delete(desk: Desk, visit: DeskVisit) -> Response:
    """POST /dashboard/accounts/{account}/delete"""
    account = visit.path["account"]
    try:
        await desk.registrations.remove(account, revoke=False)
    finally:
        desk.tokens.forget_account(account)
    return moved(LIST, f"The account {account} was deleted.")


PAGES: Final = (
    DeskPage("POST", f"{LIST}/{{account}}/reconnect", reconnect),
    DeskPage("POST", f"{LIST}/{{account}}/disconnect", disconnect),
    DeskPage("POST", f"{LIST}/{{account}}/sync", sync),
    DeskPage("POST", f"{LIST}/{{account}}/delete", delete),
)
