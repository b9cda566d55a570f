"""The SQL conditions of the list of accounts: which rows a query matches, and in which order they stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple, TypeAlias

import sqlalchemy as sa

from postroom.accounts.lifecycle import Health, State
from postroom.accounts.model import AccountOrder, ListQuery
from postroom.accounts.store import Columns, folded
from postroom.storage.tables import account_metadata, accounts

__all__ = ["HEALTH", "ListFilters", "conditions", "filters_of", "order_of", "values_of"]

Condition: TypeAlias = sa.ColumnElement[bool]

_STOPPED: Final = sa.or_(
    accounts.c.wanted == "stopped",
    accounts.c.parked_revision == accounts.c.revision,
    accounts.c.state == State.UNSET.value,
)
# `lifecycle.health` as SQL; a test compares the two. Literals, so that both engines can use it as a key of GROUP BY.
HEALTH: Final = sa.case(
    (_STOPPED, sa.literal_column(f"'{Health.STOPPED.value}'", sa.Text)),
    (
        accounts.c.state.in_([State.AUTHENTICATION_ERROR.value, State.CONNECT_ERROR.value]),
        sa.literal_column(f"'{Health.FAILING.value}'", sa.Text),
    ),
    (
        accounts.c.state == State.DISCONNECTED.value,
        sa.literal_column(f"'{Health.RECOVERING.value}'", sa.Text),
    ),
    (
        sa.or_(accounts.c.state.in_([State.CONNECTED.value, State.PAUSED.value]), accounts.c.failures == 0),
        sa.literal_column(f"'{Health.HEALTHY.value}'", sa.Text),
    ),
    else_=sa.literal_column(f"'{Health.RECOVERING.value}'", sa.Text),
)
_COLUMNS: Final = {
    AccountOrder.ACCOUNT: accounts.c.account,
    AccountOrder.NAME: accounts.c.name,
    AccountOrder.EMAIL: accounts.c.email,
    AccountOrder.SINCE: accounts.c.state_since,
    AccountOrder.CREATED: accounts.c.created_at,
}


class ListFilters(NamedTuple):
    """Which filters a query has. Statements are made once for each combination, so it holds no values."""

    dialect: str
    by_state: bool = False
    by_text: bool = False
    pairs: int = 0
    by_health: bool = False
    places: int | None = None
    by_name: bool = False
    by_provider: bool = False


def filters_of(dialect: str, query: ListQuery) -> ListFilters:
    """Return which filters a query has."""
    return ListFilters(
        dialect,
        query.state is not None,
        bool(query.text),
        len(query.metadata),
        query.health is not None,
        None if query.places is None else len(query.places),
        query.names is not None,
        query.provider is not None,
    )


def values_of(query: ListQuery) -> Columns:
    """Return the values that the conditions compare with."""
    values: Columns = {}
    if query.state is not None:
        values["state"] = query.state.value
    if query.text:
        values["text"] = folded(query.text)
    if query.health is not None:
        values["health"] = query.health.value
    if query.names is not None:
        values["names"] = list(query.names)
    if query.provider is not None:
        values |= {"provider": query.provider, "provider_host": query.provider.lower()}
    for index, (name, value) in enumerate(query.metadata.items()):
        values |= {f"name_{index}": name, f"value_{index}": value}
    for index, place in enumerate(query.places or ()):
        values |= {f"type_{index}": place.type, f"host_{index}": place.host}
    return values


def conditions(filters: ListFilters) -> Iterator[Condition]:
    """Return the conditions of these filters."""
    if filters.by_state:
        yield accounts.c.state == sa.bindparam("state")
    if filters.by_text:
        # The position of the text, counted from 1. Unlike LIKE, it has no wildcards.
        place = sa.func.instr if filters.dialect == "sqlite" else sa.func.strpos
        yield place(accounts.c.search, sa.bindparam("text"), type_=sa.Integer) > 0
    if filters.by_health:
        yield sa.bindparam("health", type_=sa.Text) == HEALTH
    if filters.by_name:
        yield accounts.c.account.in_(sa.bindparam("names", expanding=True))
    if filters.by_provider:
        # Hosts are stored in small letters.
        at_host = accounts.c.host == sa.bindparam("provider_host")
        yield sa.or_(at_host, accounts.c.type == sa.bindparam("provider"))
    if filters.places is not None:
        yield _at_one_of(filters.places)
    for index in range(filters.pairs):
        having = sa.select(account_metadata.c.account_key).where(
            account_metadata.c.name == sa.bindparam(f"name_{index}"),
            account_metadata.c.value == sa.bindparam(f"value_{index}"),
        )
        yield accounts.c.key.in_(having)


def _at_one_of(number: int) -> Condition:
    here = (
        sa.and_(accounts.c.type == sa.bindparam(f"type_{at}"), accounts.c.host == sa.bindparam(f"host_{at}"))
        for at in range(number)
    )
    return sa.or_(sa.false(), *here)


def order_of(order: AccountOrder, *, descending: bool) -> list[Any]:
    """Return the columns of ORDER BY. Accounts that are alike stand in the order of their ids."""
    column = _COLUMNS[order]
    first = column.desc() if descending else column.asc()
    return [first] if order is AccountOrder.ACCOUNT else [first, accounts.c.account.asc()]
