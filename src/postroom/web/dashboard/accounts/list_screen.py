"""The list of accounts: search, filters, order, and what may be done to many at once."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from postroom.accounts.lifecycle import Health, State
from postroom.accounts.listing.service import AccountNumbers
from postroom.accounts.model import AccountOrder, AccountPlace
from postroom.web.dashboard import live
from postroom.web.dashboard.accounts.list_wish import ListWish, read_wish
from postroom.web.dashboard.accounts.paths import ADD, BEGIN, CONFIRM, LIST, account_path, job_path
from postroom.web.dashboard.accounts.provider_choice import ProviderChoice, name_of, provider_choices
from postroom.web.dashboard.desk import Desk, DeskPage, DeskVisit
from postroom.web.dashboard.rendering import page, part
from postroom.web.design.tones import label

__all__ = ["PAGES", "show"]

_MOST_PROVIDERS: Final = 100
"""So many providers are offered, the largest. An installation may have a host for each of its thousands of accounts."""


async def show(desk: Desk, visit: DeskVisit) -> Response:
    """GET /dashboard/accounts"""
    wish = read_wish(visit.request.query_params)
    numbers, kinds = await desk.lists.numbers(), await desk.apps.kinds()
    choices = provider_choices(numbers.places, kinds)
    found = await desk.accounts.list_page(wish.query(choices))
    jobs = [job for job in await desk.bulk.newest() if job.is_running]
    values = {
        "wish": wish,
        "numbers": numbers,
        "found": found,
        "rows": [(item, account_path(item.row.account)) for item in found.items],
        "jobs": [(job, job_path(job.id)) for job in jobs],
        "tabs": _tabs(wish, numbers),
        "states": [("", "Any state"), *((state.value, label(state)) for state in State)],
        "providers": _options(choices, wish.provider),
        "provider_of": lambda row: name_of(AccountPlace(row.type, row.host), kinds),
        "orders": AccountOrder,
        "paths": {"list": LIST, "add": ADD, "confirm": CONFIRM, "begin": BEGIN},
        "stream": live.url("accounts"),
    }
    if visit.wants_part:
        return part("accounts_found.html", visit, values)
    return page("accounts.html", visit, values)


def _tabs(wish: ListWish, numbers: AccountNumbers) -> list[tuple[str, str, int]]:
    """Return a tab for all accounts and one for each health, with the numbers of accounts."""
    all_of_them = ("All", wish.of_health(None), numbers.total)
    return [all_of_them, *((label(each), wish.of_health(each), numbers.healths.get(each, 0)) for each in Health)]


def _options(choices: list[ProviderChoice], chosen: str) -> list[tuple[str, str]]:
    """Return the providers to choose from. A small one, or one without accounts, is offered while it is chosen."""
    offered = [(each.name, f"{each.name} ({each.count})") for each in choices[:_MOST_PROVIDERS]]
    if chosen and chosen not in {name for name, _ in offered}:
        offered.append((chosen, chosen))
    return [("", "Any provider"), *offered]


PAGES: Final = (DeskPage("GET", LIST, show),)
