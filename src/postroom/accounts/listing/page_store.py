"""The SQL of the list of accounts: one page of it, and the numbers of accounts by state, health and place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import orjson
import sqlalchemy as sa

from postroom.accounts.known.last_error import LastError
from postroom.accounts.listing.filters_store import (
    HEALTH,
    ListFilters,
    conditions,
    filters_of,
    order_of,
    values_of,
)
from postroom.accounts.model import AccountOrder, AccountPlace, ListItem, ListQuery
from postroom.accounts.settings.reading import listed_of, may_be_listed, settings_of
from postroom.accounts.settings.values import NO_SETTINGS, NOT_LISTED
from postroom.accounts.store import ROW, ROW_WIDTH, WHY_INIT, row_of, waiting_of
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import account_settings, account_status, accounts

__all__ = ["count", "health_counts", "page", "place_counts"]

_Select: TypeAlias = sa.Select[Any]
_DELEGATED = "delegated"
_UNFILTERED = ListFilters("sqlite")
_FEW = 100
"""Rows that may be read before those of the page."""
_BY_HEALTH = sa.select(HEALTH, sa.func.count()).group_by(HEALTH)
_BY_PLACE = sa.select(accounts.c.type, accounts.c.host, sa.func.count()).group_by(accounts.c.type, accounts.c.host)


def page(conn: Connection, query: ListQuery) -> tuple[int, list[ListItem]]:
    """Return how many accounts match, and one page of them."""
    filters = filters_of(conn.dialect.name, query)
    values = values_of(query)
    offset = query.page * query.page_size
    in_order = _is_read_in_order(filters, query.order, offset)
    counting, items = list_statements(filters, query.order, query.descending, in_order)
    found = conn.execute(items, {**values, "limit": query.page_size, "offset": offset}).all()
    if found:
        return int(found[0][-1]), [_list_item(row) for row in found]
    # Each row has the total. After the last page there is none.
    return int(conn.execute(counting, values).scalar_one()) if offset else 0, []


def count(conn: Connection, query: ListQuery) -> int:
    """Return how many accounts match."""
    counting, _ = list_statements(filters_of(conn.dialect.name, query))
    return int(conn.execute(counting, values_of(query)).scalar_one())


def health_counts(conn: Connection) -> dict[str, int]:
    """Return how many accounts there are of each health."""
    return {health: int(number) for health, number in conn.execute(_BY_HEALTH)}


def place_counts(conn: Connection) -> dict[AccountPlace, int]:
    """Return how many accounts there are of each type at each host."""
    return {AccountPlace(type_, host): int(number) for type_, host, number in conn.execute(_BY_PLACE)}


def _list_item(row: Sequence[Any]) -> ListItem:
    last_error, counters, document, pairs, why, _total = row[ROW_WIDTH:]
    known = row_of(row)
    shown = orjson.loads(document) if may_be_listed(document) else None
    return ListItem(
        known,
        None if last_error is None else LastError.of_row(orjson.loads(last_error)),
        orjson.loads(counters),
        listed_of(shown) if shown is not None else NOT_LISTED,
        settings_of(shown) if shown is not None and known.type == _DELEGATED else NO_SETTINGS,
        orjson.loads(pairs),
        waiting=waiting_of(known, why),
    )


@lru_cache(maxsize=256)
def list_statements(
    filters: ListFilters,
    order: AccountOrder = AccountOrder.ACCOUNT,
    descending: bool = False,
    in_order: bool = False,
) -> tuple[_Select, _Select]:
    """Return the statements that count the matches and read a page, for one combination of filters and order.

    The last column of a page is the number of all matches. With `in_order`, the page is read along an index.
    """
    matching = list(conditions(filters))
    ordered = order_of(order, descending=descending)
    counting = sa.select(sa.func.count()).select_from(accounts).where(*matching)
    total = counting.correlate(None).scalar_subquery()
    limit, offset = (sa.bindparam(name, type_=sa.Integer) for name in ("limit", "offset"))
    # Read as plain text: `_list_item` decodes all in one call, which is quicker than column by column.
    documents = (
        account_status.c.last_error,
        account_status.c.counters,
        account_settings.c.document,
        account_settings.c.metadata,
    )
    items = (
        sa.select(*ROW, *(sa.type_coerce(column, sa.Text) for column in documents), WHY_INIT, total)
        .join(account_status, account_status.c.account_key == accounts.c.key)
        .join(account_settings, account_settings.c.account_key == accounts.c.key)
        .order_by(*ordered)
    )
    if in_order:
        return counting, items.where(*matching).limit(limit).offset(offset)
    # The page is chosen from narrow rows or an index alone. Only the rows that are shown are read whole.
    keys = sa.select(accounts.c.key).where(*matching).order_by(*ordered).limit(limit).offset(offset)
    return counting, items.where(accounts.c.key.in_(keys))


def _is_read_in_order(filters: ListFilters, order: AccountOrder, offset: int) -> bool:
    """Say whether SQLite finds the rows of a page in their order, and reads few others before them.

    Then it need not sort the page, and a sort copies whole rows.
    """
    return filters == _UNFILTERED and order is AccountOrder.ACCOUNT and offset <= _FEW
