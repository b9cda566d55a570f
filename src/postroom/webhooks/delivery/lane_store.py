"""SQL for lanes: opens them with their first delivery, claims them for a process, releases and removes them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from postroom.footprint.dataclass import dataclass
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import deliveries, webhook_lanes
from postroom.storage.upsert import insert_into
from postroom.webhooks.model import Release, SendingState

LaneKey = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Claim:
    """For whom lanes are claimed that are due now, and until when.

    Without `takes_over` lanes are left alone whose lease at another process ran out.
    """

    me: str
    now: int
    lease_until: int
    takes_over: bool = True


# In the text of a statement and no parameter: SQLite compares a parameter with the condition of the partial index, and
# for that it compiles the statement again each time it is run.
PENDING = sa.literal_column(f"'{SendingState.PENDING.value}'", sa.String)

_LANE_KEY = sa.tuple_(webhook_lanes.c.endpoint, webhook_lanes.c.lane)
_THIS_LANE = (
    webhook_lanes.c.endpoint == sa.bindparam("b_endpoint"),
    webhook_lanes.c.lane == sa.bindparam("b_lane"),
)
_MINE = webhook_lanes.c.claimed_by == sa.bindparam("b_me")

_DUE = (
    sa.select(webhook_lanes.c.endpoint, webhook_lanes.c.lane)
    .where(
        webhook_lanes.c.next_at <= sa.bindparam("now"),
        webhook_lanes.c.claimed_by.is_(None) | sa.bindparam("takes_over", type_=sa.Boolean),
    )
    .order_by(webhook_lanes.c.next_at)
    .limit(sa.bindparam("room"))
    .with_for_update(skip_locked=True)
)
_DUE_BUT_FOR = _DUE.where(webhook_lanes.c.endpoint.not_in(sa.bindparam("excluded", expanding=True)))
_CLAIM = (
    sa.update(webhook_lanes).where(*_THIS_LANE).values(claimed_by=sa.bindparam("b_me"), next_at=sa.bindparam("b_lease"))
)
_RENEW = sa.update(webhook_lanes).where(*_THIS_LANE, _MINE).values(next_at=sa.bindparam("b_lease"))
_OF_MINE = sa.select(webhook_lanes.c.endpoint, webhook_lanes.c.lane).where(_MINE)
_NEXT_DUE = sa.select(sa.func.min(webhook_lanes.c.next_at)).where(webhook_lanes.c.next_at > sa.bindparam("now"))
_HOLD = sa.select(webhook_lanes.c.lane).where(_LANE_KEY.in_(sa.bindparam("lanes", expanding=True))).with_for_update()
_HOLD_ONE = sa.select(webhook_lanes.c.lane).where(*_THIS_LANE).with_for_update()
_PENDING_IN_LANE = sa.exists().where(
    deliveries.c.endpoint == webhook_lanes.c.endpoint,
    deliveries.c.lane == webhook_lanes.c.lane,
    deliveries.c.state == PENDING,
)
_CLOSE = sa.delete(webhook_lanes).where(*_THIS_LANE, _MINE, ~_PENDING_IN_LANE)
_GIVE_BACK = (
    sa.update(webhook_lanes).where(*_THIS_LANE, _MINE).values(claimed_by=None, next_at=sa.bindparam("b_next_at"))
)


def open_lanes(conn: Connection, lanes: Iterable[LaneKey], now: int) -> None:
    """Create the lanes that are missing, due now. An existing lane keeps its due time, set by its first delivery.

    The update that changes nothing locks the row, so a transaction that removes the lane sees the new delivery.
    """
    rows = [{"endpoint": endpoint, "lane": lane, "next_at": now} for endpoint, lane in sorted(lanes)]
    conn.defer(_open_statement(conn.dialect.name), rows)


@cache
def _open_statement(dialect: str) -> Any:
    insert = insert_into(webhook_lanes, dialect)
    return insert.on_conflict_do_update(index_elements=["endpoint", "lane"], set_={"next_at": webhook_lanes.c.next_at})


def open_claimed(conn: Connection, lanes: Iterable[LaneKey], claim: Claim) -> None:
    """Create the lanes that are missing, claimed. Of the others, claim those that are due."""
    rows = [
        {
            "endpoint": endpoint,
            "lane": lane,
            "next_at": claim.lease_until,
            "claimed_by": claim.me,
            "b_now": claim.now,
            "b_takes_over": claim.takes_over,
        }
        for endpoint, lane in sorted(lanes)
    ]
    if rows:
        conn.defer(_open_claimed_statement(conn.dialect.name), rows)


@cache
def _open_claimed_statement(dialect: str) -> Any:
    insert = insert_into(webhook_lanes, dialect)
    is_due = sa.and_(
        webhook_lanes.c.next_at <= sa.bindparam("b_now", type_=sa.BigInteger),
        webhook_lanes.c.claimed_by.is_(None) | sa.bindparam("b_takes_over", type_=sa.Boolean),
    )
    fresh = {
        name: sa.case((is_due, insert.excluded[name]), else_=webhook_lanes.c[name])
        for name in ("next_at", "claimed_by")
    }
    return insert.on_conflict_do_update(index_elements=["endpoint", "lane"], set_=fresh)


def ask_due(conn: Connection, claim: Claim, excluded: Sequence[str], room: int) -> Callable[[], list[LaneKey]]:
    """Ask for up to `room` due lanes of endpoints that are not `excluded`. What is returned claims them.

    A lane whose lease ran out is due again, so the lanes of a killed process are recovered.
    """
    if room <= 0:
        return list
    given = {"now": claim.now, "room": room, "takes_over": claim.takes_over}
    # Mostly no endpoint is excluded.
    answer = conn.ask(_DUE_BUT_FOR, {**given, "excluded": list(excluded)}) if excluded else conn.ask(_DUE, given)

    def claimed() -> list[LaneKey]:
        taken = [(endpoint, lane) for endpoint, lane in answer()]
        if taken:
            conn.defer(_CLAIM, [_lane(key) | {"b_me": claim.me, "b_lease": claim.lease_until} for key in taken])
        return taken

    return claimed


def renew(conn: Connection, me: str, lanes: Sequence[LaneKey], lease_until: int) -> None:
    """Prolong the lease of lanes that are still being worked on."""
    if lanes:
        conn.defer(_RENEW, [_lane(key) | {"b_me": me, "b_lease": lease_until} for key in sorted(lanes)])


def let_go(conn: Connection, me: str, held: Collection[LaneKey], now: int) -> None:
    """Make lanes due that are claimed in this process's name but that it does not hold.

    A transaction claimed them and was committed, but the process never learnt of it.
    """
    lost = sorted({(endpoint, lane) for endpoint, lane in conn.execute(_OF_MINE, {"b_me": me})} - set(held))
    if lost:
        conn.execute(_GIVE_BACK, [_lane(key) | {"b_me": me, "b_next_at": now} for key in lost])


def next_due(conn: Connection, now: int) -> int | None:
    """Return when the next lane comes due, in milliseconds since 1970."""
    due: int | None = conn.execute(_NEXT_DUE, {"now": now}).scalar_one()
    return due


def free_all(conn: Connection, now: int) -> None:
    """Make every claimed lane due. Only for a database with one process, when that starts."""
    conn.execute(
        sa.update(webhook_lanes).where(webhook_lanes.c.claimed_by.is_not(None)).values(claimed_by=None, next_at=now)
    )


def release(conn: Connection, me: str, released: Sequence[Release]) -> None:
    """Release lanes, and remove those with nothing pending. Lanes that another process took over are left alone."""
    if not released:
        return
    ordered = sorted(released, key=lambda each: (each.endpoint, each.lane))
    keys = [(each.endpoint, each.lane) for each in ordered]
    if conn.dialect.name == "postgresql":
        # The rows are locked first, so the next statement sees every delivery that was added to these lanes.
        if len(keys) == 1:
            conn.execute(_HOLD_ONE, _lane(keys[0]))
        else:
            conn.execute(_HOLD, {"lanes": keys})
    if len(keys) == 1 and conn.execute(_CLOSE, _lane(keys[0]) | {"b_me": me}).rowcount == 1:
        return
    if len(keys) > 1:
        conn.execute(_CLOSE, [_lane(key) | {"b_me": me} for key in keys])
    conn.defer(
        _GIVE_BACK,
        [_lane((each.endpoint, each.lane)) | {"b_me": me, "b_next_at": each.next_at} for each in ordered],
    )


def _lane(key: LaneKey) -> dict[str, str | int]:
    return {"b_endpoint": key[0], "b_lane": key[1]}
