"""The SQL that finds what may need a person. It reads only rows with trouble, and counts in the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

from postroom.accounts.lifecycle import State
from postroom.attention.facts import EndpointTrouble, FailingGroup, SendingGroup, StoredTroubles
from postroom.storage.schema.sending import sending_lanes
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import (
    account_status,
    accounts,
    deliveries,
    oauth2_apps,
    webhook_endpoints,
)
from postroom.webhooks.model import SendingState, TargetKind, account_endpoint

__all__ = ["PATIENCE_MS", "UNATTENDED_MS", "read"]

PATIENCE_MS: Final = 10 * 60_000
"""A failure that usually passes counts as lasting after this time."""

UNATTENDED_MS: Final = 60_000
"""An account that has waited for a node for longer than this is not attended to."""

_Text: TypeAlias = sa.ColumnElement[str]

_REFUSAL: Final = "authentication"
_KIND: Final = sa.func.coalesce(oauth2_apps.c.provider, accounts.c.type)
# An attempt leaves the error state for a moment, and the error stays. Such accounts still count.
_TRIED: Final = (State.AUTHENTICATION_ERROR, State.CONNECT_ERROR, State.CONNECTING, State.INIT)


def read(conn: Connection, now: int) -> StoredTroubles:
    """Return what is found at `now`, in milliseconds since 1970."""
    return StoredTroubles(
        failing=_failing(conn, now),
        sending=_sending(conn),
        endpoints=_endpoints(conn),
        paused_lanes=_paused_lanes(conn),
        unattended=_unattended(conn, now),
    )


def _parsed(conn: Connection, column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return a JSON column for `_member`. The columns are stored as text on both engines."""
    text = sa.type_coerce(column, sa.Text)
    if conn.dialect.name == "sqlite":
        return text
    from sqlalchemy.dialects.postgresql import JSONB

    # JSONB is parsed once for all members. It takes no NUL, and a single one would fail the whole query.
    return sa.cast(sa.func.replace(text, r"\u0000", r"\ufffd"), JSONB)


def _member(conn: Connection, parsed: sa.ColumnElement[Any], name: str) -> _Text:
    """Return a text within a JSON column, empty if it is not there."""
    if conn.dialect.name == "sqlite":
        found: _Text = sa.func.json_extract(parsed, f"$.{name}", type_=sa.Text)
    else:
        found = sa.func.jsonb_extract_path_text(parsed, name, type_=sa.Text)
    return sa.func.coalesce(found, "")


def _computed(conn: Connection, query: sa.Select[Any]) -> sa.Subquery:
    """Return a query to read from that PostgreSQL computes once for each row, and not again for each use of a column.

    OFFSET keeps it from writing the query into the one around it, where it would parse a document for each member.
    SQLite remembers what it has parsed.
    """
    return (query if conn.dialect.name == "sqlite" else query.offset(0)).subquery()


def _failing(conn: Connection, now: int) -> Sequence[FailingGroup]:
    row = _computed(
        conn,
        sa.select(
            accounts.c.account,
            accounts.c.type,
            _KIND.label("kind"),
            accounts.c.host,
            account_status.c.error_announced.like(f"{_REFUSAL}:%").label("refused"),
            _parsed(conn, account_status.c.last_error).label("error"),
            account_status.c.error_since.label("since"),
            (accounts.c.parked_revision == accounts.c.revision).label("given_up"),
        )
        .join(account_status, account_status.c.account_key == accounts.c.key)
        .outerjoin(oauth2_apps, oauth2_apps.c.id == accounts.c.type)
        .where(
            accounts.c.state.in_([state.value for state in _TRIED]),
            account_status.c.error_announced.is_not(None),
            account_status.c.last_error.is_not(None),
        ),
    ).c
    one = _computed(
        conn,
        sa.select(
            *(row.account, row.type, row.kind, row.host, row.refused, row.since, row.given_up),
            _member(conn, row.error, "serverResponseCode").label("code"),
            _member(conn, row.error, "advice").label("advice"),
            _member(conn, row.error, "response").label("said"),
        ),
    ).c
    grouped = (one.type, one.kind, one.host, one.refused, one.code, one.advice)
    query = sa.select(
        *grouped,
        sa.func.count(),
        _number(one.given_up),
        _number(one.since <= now - PATIENCE_MS),
        sa.func.min(one.since),
        sa.func.min(one.said),
        sa.func.min(one.account),
    ).group_by(*grouped)
    return [_group(row) for row in conn.execute(query)]


def _group(row: Sequence[Any]) -> FailingGroup:
    type_, kind, host, refused, code, advice, count, given_up, lasting, since, said, example = row
    return FailingGroup(
        type_, kind, host, bool(refused), code, advice, count, given_up, lasting, since, said or None, example
    )


def _sending(conn: Connection) -> Sequence[SendingGroup]:
    last = _parsed(conn, sending_lanes.c.last)
    one = (
        sa.select(
            accounts.c.account,
            _KIND.label("kind"),
            accounts.c.host,
            _member(conn, last, "code").label("code"),
            _member(conn, last, "description").label("advice"),
            _member(conn, last, "response").label("said"),
        )
        .select_from(sending_lanes)
        .join(accounts, accounts.c.key == sending_lanes.c.account_key)
        .outerjoin(oauth2_apps, oauth2_apps.c.id == accounts.c.type)
        .where(sending_lanes.c.failures > 0, sending_lanes.c.last.is_not(None))
        .subquery()
    ).c
    grouped = (one.kind, one.host, one.code, one.advice)
    query = sa.select(*grouped, sa.func.count(), sa.func.min(one.said), sa.func.min(one.account)).group_by(*grouped)
    return [
        SendingGroup(kind, host, code, advice, count, said or None, example)
        for kind, host, code, advice, count, said, example in conn.execute(query)
    ]


def _endpoints(conn: Connection) -> Sequence[EndpointTrouble]:
    # A delivery that was given up has failed before, so its endpoint has a row.
    dead = (
        sa.select(sa.func.count())
        .where(deliveries.c.endpoint == webhook_endpoints.c.id, deliveries.c.state == SendingState.DEAD.value)
        .correlate(webhook_endpoints)
        .scalar_subquery()
    )
    # The target of an account outlives it, for its deliveries. Nobody can repair it any more.
    its_account = sa.func.substr(webhook_endpoints.c.id, len(account_endpoint("")) + 1)
    has_gone = (webhook_endpoints.c.kind == TargetKind.ACCOUNT.value) & ~sa.exists().where(
        accounts.c.account == its_account
    )
    query = (
        sa.select(
            webhook_endpoints.c.id,
            webhook_endpoints.c.document,
            webhook_endpoints.c.enabled,
            webhook_endpoints.c.failing_since,
            webhook_endpoints.c.last_error,
            dead,
        )
        .where(~has_gone)
        .order_by(webhook_endpoints.c.id)
    )
    found = [
        EndpointTrouble(
            id_,
            str((document or {}).get("description") or ""),
            # An operator who switches an endpoint off clears its error.
            bool(enabled) or not error,
            failing_since,
            str((error or {}).get("message") or ""),
            number,
        )
        for id_, document, enabled, failing_since, error, number in conn.execute(query)
    ]
    return [each for each in found if not each.enabled or each.failing_since is not None or each.dead]


def _paused_lanes(conn: Connection) -> int:
    query = sa.select(sa.func.count()).select_from(sending_lanes).where(sending_lanes.c.paused)
    return int(conn.execute(query).scalar_one())


def _unattended(conn: Connection, now: int) -> int:
    """Return how many accounts should run, and no node has them. The index of free accounts finds them."""
    at_rest = sa.and_(accounts.c.parked_revision.is_not(None), accounts.c.parked_revision == accounts.c.revision)
    query = (
        sa.select(sa.func.count())
        .select_from(accounts)
        .where(
            accounts.c.owner.is_(None),
            ~at_rest,
            accounts.c.state == State.INIT.value,
            accounts.c.state_since < now - UNATTENDED_MS,
        )
    )
    return int(conn.execute(query).scalar_one())


def _number(which: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((which, 1), else_=0)), 0)
