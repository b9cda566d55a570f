"""SQL for the lanes of sending: one per account. A process claims due lanes, holds them by a lease, lets them go."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import sqlalchemy as sa

from postroom.footprint.dataclass import dataclass
from postroom.storage.schema.sending import sending_lanes, submissions
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts
from postroom.submission.delivery.rules.budgets import Used

_LANE = sending_lanes.c
_THIS = _LANE.account_key == sa.bindparam("b_key")
_MINE = _LANE.claimed_by == sa.bindparam("b_me")
_NOW = sa.bindparam("now", type_=sa.BigInteger)
_OPEN = (
    _LANE.claimed_by.is_(None)
    & ~_LANE.paused
    & (accounts.c.wanted != "stopped")
    & (_LANE.held_until.is_(None) | (_LANE.held_until <= _NOW))
    & sa.bindparam("sends", type_=sa.Boolean)
)
_LEFT = _LANE.claimed_by.is_not(None) & sa.bindparam("takes_over", type_=sa.Boolean)
_DUE = (
    sa.select(_LANE.account_key, accounts.c.account, _LANE.failures, _LANE.used, _LANE.claimed_by)
    .join(accounts, accounts.c.key == _LANE.account_key)
    .where(
        _LANE.next_at <= _NOW,
        _OPEN | _LEFT,
        _LANE.account_key.not_in(sa.bindparam("held", expanding=True)),
    )
    .order_by(_LANE.next_at)
    .limit(sa.bindparam("room"))
    .with_for_update(of=sending_lanes, skip_locked=True)
)
_CLAIM = (
    sa.update(sending_lanes)
    .where(_THIS)
    .values(
        claimed_by=sa.bindparam("b_me"),
        next_at=sa.bindparam("b_lease"),
        held_until=sa.null(),
        held_for=sa.null(),
    )
)
_HOLD = (
    sa.select(_LANE.account_key, _LANE.paused, accounts.c.wanted)
    .join(accounts, accounts.c.key == _LANE.account_key)
    .where(_MINE)
    .order_by(_LANE.account_key)
    .with_for_update(of=sending_lanes)
)
_HOLD_SOME = _HOLD.where(_LANE.account_key.in_(sa.bindparam("keys", expanding=True)))
# A list of one is common, and a list costs as much as the rest of the query.
_HOLD_ONE = _HOLD.where(_LANE.account_key == sa.bindparam("key"))
_RENEW = sa.update(sending_lanes).where(_THIS, _MINE).values(next_at=sa.bindparam("b_lease"))
_CHANGE = (
    sa.update(sending_lanes)
    .where(_THIS, _MINE)
    .values(
        next_at=sa.bindparam("b_lease"),
        failures=sa.bindparam("b_failures"),
        held_until=sa.bindparam("b_held_until"),
        held_for=sa.bindparam("b_held_for"),
        used=sa.func.coalesce(sa.bindparam("b_used", type_=_LANE.used.type), _LANE.used),
        last=sa.func.coalesce(sa.bindparam("b_last", type_=_LANE.last.type), _LANE.last),
    )
)
_OF_MINE = sa.select(_LANE.account_key).where(_MINE)
_GIVE_BACK = (
    sa.update(sending_lanes).where(_THIS, _MINE).values(claimed_by=sa.null(), next_at=sa.bindparam("b_next_at"))
)
# A literal, because SQLite uses a partial index only where the query repeats its condition.
_IS_QUEUED = sa.text("submissions.state = 'queued'")
_NEXT_MESSAGE = (
    sa.select(submissions.c.account_key, sa.func.min(submissions.c.next_at))
    .where(
        submissions.c.account_key.in_(sa.bindparam("keys", expanding=True)),
        _IS_QUEUED,
    )
    .group_by(submissions.c.account_key)
)
_NEXT_DUE = sa.select(sa.func.min(_LANE.next_at)).where(_LANE.next_at > _NOW)
_NEXT_END = sa.select(sa.func.min(_LANE.held_until)).where(_LANE.next_at <= _NOW, _LANE.held_until > _NOW)
_FREE_ALL: Final = (
    sa.update(sending_lanes).where(_LANE.claimed_by.is_not(None)).values(claimed_by=sa.null(), next_at=_NOW)
)


@dataclass(frozen=True, slots=True)
class ClaimedLane:
    """A lane that this process may work on. `failures` connections in a row failed before."""

    key: int
    account: str
    failures: int
    used: Used


@dataclass(frozen=True, slots=True)
class LaneChange:
    """What a process knows of its lane: failures in a row, the pause of the account, what it has sent, its last result.

    `used` and `last` stay as they are when they are None.
    """

    key: int
    failures: int = 0
    held_until: int | None = None
    held_for: str | None = None
    used: dict[str, object] | None = None
    last: dict[str, object] | None = None


def claim(
    conn: Connection,
    me: str,
    now: int,
    lease_until: int,
    room: int,
    *,
    held: Collection[int] = (),
    sends: bool = True,
    takes_over: bool = True,
) -> list[ClaimedLane]:
    """Claim up to `room` due lanes that this process does not hold, until the lease ends.

    A lane whose lease ran out is due again, so the lanes of a killed process are recovered, even while their account is
    paused; without `takes_over` they are left alone. Without `sends` only those are claimed.
    """
    if room <= 0:
        return []
    asked = {"now": now, "held": list(held), "room": room, "sends": sends, "takes_over": takes_over}
    rows = conn.execute(_DUE, asked).all()
    if rows:
        conn.execute(_CLAIM, [{"b_key": row.account_key, "b_me": me, "b_lease": lease_until} for row in rows])
    return [ClaimedLane(row.account_key, row.account, row.failures, Used.of_row(row.used)) for row in rows]


def hold(conn: Connection, me: str, keys: Collection[int]) -> dict[int, bool]:
    """Lock those of these lanes that are still this process's; say of each whether its account may send.

    Rows are locked in the order of their keys, so two transactions never wait for one another.
    """
    if len(keys) == 1:
        rows = conn.execute(_HOLD_ONE, {"key": next(iter(keys)), "b_me": me}).all()
    else:
        rows = conn.execute(_HOLD_SOME, {"keys": list(keys), "b_me": me}).all()
    return {row.account_key: not row.paused and row.wanted != "stopped" for row in rows}


def renew(conn: Connection, me: str, keys: Collection[int], lease_until: int) -> set[int]:
    """Prolong the lease of lanes; return those that are still this process's."""
    mine = set(hold(conn, me, keys)) if keys else set()
    if mine:
        conn.execute(_RENEW, [{"b_key": key, "b_me": me, "b_lease": lease_until} for key in sorted(mine)])
    return mine


def change(conn: Connection, me: str, changes: Sequence[LaneChange], lease_until: int) -> None:
    """Store what this process knows of its lanes, and prolong their leases. Other processes' lanes stay as they are."""
    if not changes:
        return
    rows = [
        {
            "b_key": each.key,
            "b_me": me,
            "b_lease": lease_until,
            "b_failures": each.failures,
            "b_held_until": each.held_until,
            "b_held_for": each.held_for,
            "b_used": each.used,
            "b_last": each.last,
        }
        for each in sorted(changes, key=lambda each: each.key)
    ]
    conn.execute(_CHANGE, rows)


def release(conn: Connection, me: str, keys: Collection[int]) -> dict[int, int | None]:
    """Let lanes go that were locked by `hold`. Return when each has its next message, None when it has none.

    The lock makes whoever accepts a message wait, so this statement sees every message that was stored before.
    """
    if not keys:
        return {}
    found: dict[int, int] = dict(conn.execute(_NEXT_MESSAGE, {"keys": list(keys)}).all())
    due = {key: found.get(key) for key in sorted(keys)}
    conn.execute(_GIVE_BACK, [{"b_key": key, "b_me": me, "b_next_at": next_at} for key, next_at in due.items()])
    return due


def let_go(conn: Connection, me: str, held: Collection[int], now: int) -> None:
    """Make lanes due that are claimed in this process's name but that it does not hold.

    A transaction claimed them and was committed, but the process never learnt of it.
    """
    lost = sorted({key for (key,) in conn.execute(_OF_MINE, {"b_me": me})} - set(held))
    if lost:
        conn.execute(_GIVE_BACK, [{"b_key": key, "b_me": me, "b_next_at": now} for key in lost])


def free_all(conn: Connection, now: int) -> None:
    """Make every claimed lane due. Only for a database with one process, when that starts."""
    conn.execute(_FREE_ALL, {"now": now})


def next_due(conn: Connection, now: int) -> int | None:
    """Return when the next lane comes due or ends its pause, in milliseconds since 1970."""
    times = [conn.execute(query, {"now": now}).scalar_one() for query in (_NEXT_DUE, _NEXT_END)]
    return min((time for time in times if time is not None), default=None)
