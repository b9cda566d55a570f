"""SQL for the reports that were found: adds them, claims those that are due, postpones and finishes them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cache
from typing import Any

import sqlalchemy as sa

from postroom.storage.schema.sending import reports_found
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts
from postroom.storage.upsert import insert_into
from postroom.submission.reports.model import ClaimedReport, FoundReport, ReportTold

_IS_DUE = reports_found.c.next_at <= sa.bindparam("now")
_DUE_ACCOUNTS = (
    sa.select(reports_found.c.account_key)
    .where(_IS_DUE, reports_found.c.account_key.not_in(sa.bindparam("busy", expanding=True)))
    .group_by(reports_found.c.account_key)
    .order_by(sa.func.min(reports_found.c.next_at))
    .limit(sa.bindparam("room"))
)
_FIRST_OF_ACCOUNT = (
    sa.select(
        *(reports_found.c.id, reports_found.c.account_key, reports_found.c.account),
        *(reports_found.c.told, reports_found.c.found_at, reports_found.c.attempts),
    )
    .where(_IS_DUE, reports_found.c.account_key == sa.bindparam("account_key"))
    .order_by(reports_found.c.next_at, reports_found.c.id)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_THIS = reports_found.c.id == sa.bindparam("b_id")
_MINE = reports_found.c.claimed_by == sa.bindparam("b_me")
_CLAIM = (
    sa.update(reports_found)
    .where(_THIS)
    .values(claimed_by=sa.bindparam("b_me"), next_at=sa.bindparam("b_next_at"), attempts=sa.bindparam("b_attempts"))
)
_HELD = (
    sa.select(reports_found.c.id)
    .where(_THIS, _MINE, reports_found.c.attempts == sa.bindparam("b_attempts"))
    .with_for_update()
)
_GIVE_BACK = sa.update(reports_found).where(_THIS).values(claimed_by=None, next_at=sa.bindparam("b_next_at"))
_POSTPONE_ACCOUNT = (
    sa.update(reports_found)
    .where(
        reports_found.c.account_key == sa.bindparam("b_key"),
        reports_found.c.claimed_by.is_(None),
        reports_found.c.next_at < sa.bindparam("b_next_at"),
    )
    .values(next_at=sa.bindparam("b_next_at"))
)
_FREE = sa.update(reports_found).values(claimed_by=None, next_at=sa.bindparam("b_now"))
_FREE_ALL = _FREE.where(reports_found.c.claimed_by.is_not(None))
_RELEASE = _FREE.where(_MINE)
_NEXT = sa.select(sa.func.min(reports_found.c.next_at)).where(reports_found.c.next_at > sa.bindparam("now"))
_OLDEST_DONE = (
    sa.select(reports_found.c.id)
    .where(reports_found.c.next_at.is_(None), reports_found.c.found_at < sa.bindparam("before"))
    .limit(sa.bindparam("most"))
)


def add(conn: Connection, found: Iterable[FoundReport], now: int) -> int:
    """Add reports that are due now; return how many are new. Known ones are left out, and those of deleted accounts."""
    insert = _add_statement(conn.dialect.name)
    return sum(conn.execute(insert, _row(each, now)).rowcount for each in found)


@cache
def _add_statement(dialect: str) -> Any:
    names = ("account_key", "account", "identity", "told", "found_at", "next_at")
    values = [sa.bindparam(f"b_{name}", type_=reports_found.c[name].type) for name in names]
    source = sa.select(*values).where(accounts.c.key == sa.bindparam("b_account_key"))
    insert = insert_into(reports_found, dialect).from_select(names, source)
    return insert.on_conflict_do_nothing(index_elements=["account_key", "identity"])


def _row(found: FoundReport, now: int) -> dict[str, object]:
    row = {
        "account_key": found.account_key,
        "account": found.account,
        "identity": found.identity,
        "told": found.told.as_row(),
        "found_at": now,
        "next_at": now,
    }
    return {f"b_{name}": value for name, value in row.items()}


def due_accounts(conn: Connection, now: int, busy: Collection[int], room: int) -> list[int]:
    """Return the keys of up to `room` accounts with due reports, the longest due first, without those `busy`."""
    return list(conn.execute(_DUE_ACCOUNTS, {"now": now, "busy": sorted(busy), "room": room}).scalars())


def claim(conn: Connection, me: str, account_key: int, now: int, until: int) -> ClaimedReport | None:
    """Claim the first due report of an account. The report of a killed process is due again at `until`."""
    row = conn.execute(_FIRST_OF_ACCOUNT, {"now": now, "account_key": account_key}).one_or_none()
    if row is None:
        return None
    told = ReportTold.of_row(row.told)
    report = ClaimedReport(row.id, row.account_key, row.account, told, row.found_at, row.attempts + 1)
    conn.execute(_CLAIM, {"b_id": row.id, "b_me": me, "b_next_at": until, "b_attempts": report.attempts})
    return report


def is_held(conn: Connection, me: str, report: ClaimedReport) -> bool:
    """Whether the report is still claimed for this attempt. If so, nobody else changes it in this transaction."""
    known = {"b_id": report.id, "b_me": me, "b_attempts": report.attempts}
    return conn.execute(_HELD, known).one_or_none() is not None


def finish(conn: Connection, report: ClaimedReport) -> None:
    """Store that a report was read. The row stays for a while, so that the same report is known when it is moved."""
    conn.execute(_GIVE_BACK, {"b_id": report.id, "b_next_at": None})


def postpone(conn: Connection, report: ClaimedReport, until: int, *, whole_account: bool) -> None:
    """Give a report back; it is due again at `until`. `whole_account`: so are the others of its account."""
    conn.execute(_GIVE_BACK, {"b_id": report.id, "b_next_at": until})
    if whole_account:
        conn.execute(_POSTPONE_ACCOUNT, {"b_key": report.account_key, "b_next_at": until})


def next_due(conn: Connection, now: int) -> int | None:
    """Return when the next report comes due, in milliseconds since 1970."""
    due: int | None = conn.execute(_NEXT, {"now": now}).scalar_one()
    return due


def free_all(conn: Connection, now: int) -> None:
    """Make every claimed report due. Only for a database with one process, when that starts."""
    conn.execute(_FREE_ALL, {"b_now": now})


def release(conn: Connection, me: str, now: int) -> None:
    """Make the reports due that a process has claimed, when it ends."""
    conn.execute(_RELEASE, {"b_me": me, "b_now": now})


def prune(conn: Connection, before: int, most: int = 1000) -> int:
    """Remove up to `most` reports that are done and were found before a time; return how many."""
    old = list(conn.execute(_OLDEST_DONE, {"before": before, "most": most}).scalars())
    if old:
        conn.execute(sa.delete(reports_found).where(reports_found.c.id.in_(old)))
    return len(old)
