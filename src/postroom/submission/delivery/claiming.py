"""The transaction that gets a process its lanes: takes due ones, keeps the leases of others, and ends dead attempts."""

from __future__ import annotations

from collections.abc import Collection

from postroom.footprint.dataclass import dataclass
from postroom.storage.statements.connection import Connection
from postroom.submission.accepting import key_store
from postroom.submission.delivery import lane_store, sending_store
from postroom.submission.delivery.exchange import leave_behind
from postroom.submission.delivery.lane_store import ClaimedLane
from postroom.submission.delivery.rules.posting import Posting

FIRST_LOAD = 20
"""Messages of a lane that are loaded when it is claimed, and each time it has no more."""


@dataclass(frozen=True, slots=True)
class ClaimWish:
    """What a process asks for. `held` are the lanes it works on, `renewed` those of them whose lease is prolonged.

    `is_sure` is false after a transaction of unknown outcome: other lanes in its name then become due again.
    `sends` is false while all sending is paused. `takes_over`: lanes whose lease ran out elsewhere are taken.
    """

    me: str
    now: int
    lease_until: int
    room: int
    held: Collection[int] = ()
    renewed: Collection[int] = ()
    is_sure: bool = True
    sends: bool = True
    takes_over: bool = True


@dataclass(frozen=True, slots=True)
class ClaimedWork:
    """What a process gets: lanes, each with its first messages; those of `renewed` that it keeps; and what is due next.

    `left_behind` are messages that an ended process may have sent. `next_due` is in milliseconds since 1970.
    """

    lanes: tuple[tuple[ClaimedLane, tuple[Posting, ...]], ...]
    kept: frozenset[int]
    left_behind: int
    next_due: int | None


def claim_work(conn: Connection, wish: ClaimWish) -> ClaimedWork:
    """Run the transaction."""
    if not wish.is_sure:
        lane_store.let_go(conn, wish.me, wish.held, wish.now)
    kept = lane_store.renew(conn, wish.me, wish.renewed, wish.lease_until)
    claimed = lane_store.claim(
        conn,
        wish.me,
        wish.now,
        wish.lease_until,
        wish.room,
        held=wish.held,
        sends=wish.sends,
        takes_over=wish.takes_over,
    )
    left = leave_behind(conn, [lane.key for lane in claimed], wish.now) if claimed else 0
    lanes = tuple((lane, tuple(sending_store.load(conn, lane.key, wish.now, FIRST_LOAD))) for lane in claimed)
    return ClaimedWork(lanes, frozenset(kept), left, lane_store.next_due(conn, wish.now))


def begin_alone(conn: Connection, now: int, begun: int) -> int:
    """Take over everything from the process before. Only for a database with one process, which began at `begun`.

    Returns how many messages the other may have been sending. Requests that it was answering may be repeated at once.
    """
    left = leave_behind(conn, None, now)
    lane_store.free_all(conn, now)
    key_store.release_all(conn, begun)
    return left
