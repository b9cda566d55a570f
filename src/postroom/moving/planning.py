"""Makes the plan of a move from what an EmailEngine has and what the Postroom has already. No I/O."""

from __future__ import annotations

from collections.abc import Mapping

from postroom.moving.inventory import Document, Inventory, block, text
from postroom.moving.mapping.accounts import AccountSurroundings, planned_account
from postroom.moving.mapping.apps import AppStanding, app_standing, planned_apps
from postroom.moving.mapping.settings import account_defaults, leftovers, planned_settings, settings_remarks
from postroom.moving.plan import Choices, Destination, MovePlan

__all__ = ["plan_move"]

_LONGEST_CHAIN = 20


def plan_move(found: Inventory, there: Destination, choices: Choices | None = None) -> MovePlan:
    """Return the plan. It has no old mail announced: `notifyFrom` of an account stays behind, `choices` has the new."""
    choices = choices or Choices()
    apps = planned_apps(found.apps.items(), there)
    standing = {each.app: app_standing(each, found.apps[each.app]) for each in apps}
    standing |= {app: AppStanding(usable=True) for app in there.apps - standing.keys()}
    around = AccountSurroundings(standing, there, choices.notify_from, account_defaults(found))
    wanted = [each for each in found.accounts if choices.accounts is None or each in choices.accounts]
    accounts = [planned_account(each, found.accounts[each], around) for each in _lenders_first(wanted, found.accounts)]
    about_settings = tuple(settings_remarks(found)) if choices.settings else ()
    return MovePlan(
        settings=planned_settings(found) if choices.settings else {},
        apps=tuple(apps),
        accounts=tuple(accounts),
        remarks=(*about_settings, *leftovers(found)),
    )


def _lenders_first(wanted: list[str], accounts: Mapping[str, Document]) -> list[str]:
    """Return the accounts so that one that borrows credentials comes after the one that lends them."""
    return sorted(wanted, key=lambda account: _depth(account, accounts))


def _depth(account: str, accounts: Mapping[str, Document]) -> int:
    depth, at = 0, account
    while depth < _LONGEST_CHAIN and (lender := _lender(accounts.get(at, {}))):
        depth, at = depth + 1, lender
    return depth


def _lender(document: Document) -> str | None:
    return text(block(block(document, "oauth2") or {}, "auth") or {}, "delegatedAccount")
