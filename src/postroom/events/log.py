"""The event log: appends in the caller's transaction, and prunes by age and number."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import orjson

from postroom.clock import iso
from postroom.events import store
from postroom.events.rides import ROUTED, Ride
from postroom.events.types import Event, MessageNew
from postroom.footprint.dataclass import dataclass
from postroom.storage.statements.connection import Connection
from postroom.storage.wakeups import wake

TOPIC = "events"
_NOTHING: Final[Mapping[str, Any]] = {}

Numbers: TypeAlias = Callable[[], tuple[int, dict[str, int]]]
"""The number of an account's last event and its counters, which were asked for before they are needed."""

REPORTS_TOPIC = "reports-in-events"
"""Woken for new messages that are reports about deliveries. Who looks for these need not look at all others."""


def begin(conn: Connection, account_key: int, account: str, first: Event, at: int) -> None:
    """Create the status row of a new account and append its first event. `at` is in milliseconds since 1970."""
    store.begin_status(conn, account_key, 1, {first.name: 1})
    store.insert(conn, [_row(account_key, account, 1, first, at)])
    wake(conn, TOPIC)


def ask_numbers(conn: Connection, account_key: int) -> Numbers:
    """Ask for what `append` needs, so that it need not ask. The account's row must still exist.

    Nobody may write the same columns before `append` does.
    """
    return store.ask_numbers(conn, account_key)


def append(
    conn: Connection,
    account_key: int,
    account: str,
    new: Sequence[Event],
    at: int,
    *,
    trace: str = "",
    noted: Mapping[str, Any] = _NOTHING,
    numbers: Numbers | None = None,
    ride: Ride | None = None,
) -> None:
    """Append events of one account, in order, and count them. The account's row must still exist.

    `trace` is the context of the trace that led to them (`traces.context`). `noted` are columns of the status row that
    are written in the same statement as the counts, or alone if there are no events. `numbers` is what `ask_numbers`
    returned, if it was called. `ride` is what goes along, if anything.

    The status row holds the last number within the account. The transaction locks it, so numbers have no gaps and no
    duplicates.
    """
    if not new:
        if noted:
            store.note(conn, account_key, noted)
        return
    last, counters = (numbers or ask_numbers(conn, account_key))()
    counts = Counter(counters)
    counts.update(event.name for event in new)
    store.note(conn, account_key, {**noted, "event_seq": last + len(new), "counters": dict(counts)})
    rows = [_row(account_key, account, number, event, at, trace) for number, event in enumerate(new, start=last + 1)]
    store.insert(conn, rows)
    wake(conn, TOPIC, ROUTED if ride is not None and ride.work(conn, account_key) else "")
    if any(_is_report(event) for event in new):
        wake(conn, REPORTS_TOPIC)


def _is_report(event: Event) -> bool:
    if not isinstance(event, MessageNew):
        return False
    return bool(event.message.get("isBounce") or event.message.get("isComplaint"))


@dataclass(frozen=True, slots=True)
class AccountNews:
    """New events of one account, in order."""

    account_key: int
    account: str
    events: Sequence[Event]
    trace: str = ""


def append_all(conn: Connection, news: Sequence[AccountNews], at: int) -> None:
    """Append events of many accounts in a few statements. An account may be named more than once."""
    news = [each for each in news if each.events]
    if not news:
        return
    numbers = store.hold_numbers_of(conn, sorted({each.account_key for each in news}))
    rows = []
    for each in news:
        last, counters = numbers[each.account_key]
        counts = Counter(counters)
        counts.update(event.name for event in each.events)
        numbers[each.account_key] = (last + len(each.events), dict(counts))
        numbered = enumerate(each.events, start=last + 1)
        rows += [_row(each.account_key, each.account, number, event, at, each.trace) for number, event in numbered]
    store.save_numbers_of(conn, numbers)
    store.insert(conn, rows)
    wake(conn, TOPIC)


def _row(
    account_key: int, account: str, account_seq: int, event: Event, at: int, trace: str = ""
) -> dict[str, str | int | None]:
    body: dict[str, object] = {"account": account, "date": iso(at)}
    if event.path is not None:
        body["path"] = event.path
    if event.special_use is not None:
        body["specialUse"] = event.special_use
    body["event"] = event.name
    body["data"] = event.data()
    return {
        "account_key": account_key,
        "account": account,
        "account_seq": account_seq,
        "id": str(uuid.uuid4()),
        "type": event.name,
        "at": at,
        "payload": orjson.dumps(body).decode(),
        "trace": trace or None,
    }


def prune(conn: Connection, older_than: int, limit: int = 5000) -> int:
    """Delete up to `limit` routed events from before `older_than` (milliseconds since 1970); return how many."""
    return _note(conn, store.delete_before(conn, older_than, limit))


def prune_beyond(conn: Connection, keep: int, limit: int = 5000) -> int:
    """Delete up to `limit` of the oldest routed events when there are more than `keep`; return how many.

    An event with a pending delivery stays, and so do all later events.
    """
    last = store.newest(conn) - keep
    first_waiting = store.first_pending(conn)
    if first_waiting is not None:
        last = min(last, first_waiting - 1)
    return _note(conn, store.delete_to(conn, last, limit)) if last > 0 else 0


def _note(conn: Connection, pruned: list[int]) -> int:
    if pruned:
        store.note_pruned(conn, pruned[-1])
    return len(pruned)
