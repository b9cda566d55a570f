"""What must hold of everything that was submitted, read from the mail server's counts, the API and the database.

The mail server took each message at most once for each recipient. No message is lost, none stays under way. A message
whose outcome is unknown was under way when something struck, at most two for each account and strike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from postroom.storage.database import open_database
from postroom.storage.schema.sending import submission_recipients, submissions
from postroom.storage.statements.connection import Connection
from tests.fakes.counting_smtp import CountingSmtp
from tests.flows.gateway import Gateway, sooner_or_later
from tests.survival.sending_traffic import Posted

__all__ = ["Row", "Verdict", "at_rest", "decide_unknown", "rows_of", "taken_once"]

_REST = 240.0
_MOST_UNDER_WAY = 2
_WRITTEN_DOWN_MS = 2_000


@dataclass(frozen=True)
class Row:
    """One message of the outbox; `recipients` has the state of each address."""

    queue_id: str
    account: str
    state: str
    message_id: str
    subject: str
    attempted_at: int
    recipients: Mapping[str, str]


@dataclass(frozen=True)
class Verdict:
    """What became of all messages. `unknown` were not decided by Postroom; of these the server had `unknown_taken`."""

    states: Counter[str]
    unknown: Sequence[Row]
    unknown_taken: int


async def rows_of(url: str) -> list[Row]:
    """Every message in the database."""
    db = open_database(url)
    await db.start()
    try:
        return await db.read(_read)
    finally:
        await db.close()


def _read(conn: Connection) -> list[Row]:
    recipients: dict[int, dict[str, str]] = {}
    for each in conn.execute(sa.select(submission_recipients)):
        recipients.setdefault(each.submission, {})[each.address] = each.state
    return [
        Row(
            row.queue_id,
            row.account,
            row.state,
            row.message_id,
            row.subject,
            row.attempted_at or 0,
            recipients[row.id],
        )
        for row in conn.execute(sa.select(submissions).order_by(submissions.c.id))
    ]


async def at_rest(node: Gateway) -> None:
    """Wait until no message waits or is under way."""
    seen: dict[str, Any] = {}

    async def so() -> bool:
        for state in ("queued", "sending"):
            answer = await node.call("GET", f"/v1/outbox?state={state}&pageSize=3")
            if answer.status != 200:
                return False
            seen[state] = answer.body
        return not any(each["total"] for each in seen.values())

    try:
        await sooner_or_later(so, _REST)
    except AssertionError as late:
        raise AssertionError(f"not at rest within {_REST} s: {seen}") from late


def taken_once(
    rows: Sequence[Row],
    posted: Mapping[str, Posted],
    server: CountingSmtp,
    struck: Sequence[int],
    as_sent: Collection[str] = (),
) -> Verdict:
    """Hold the rows and the server's counts against what was submitted; `struck` are the times of the strikes.

    `as_sent` are the messages that were declared sent by us.
    """
    _same(rows, posted)
    assert [key for key, count in server.taken.items() if count > 1] == []
    assert [key for key, count in server.subjects.items() if count > 1] == []
    for row in rows:
        assert row.state in ("sent", "failed", "unknown"), row
        for address, state in row.recipients.items():
            taken = server.taken[(row.message_id, address)]
            if row.queue_id not in as_sent:
                assert taken == {"sent": 1, "refused": 0}.get(state, taken), (row, address, taken)
            may_be = ("sent", "refused", "unknown", "deferred") if row.state == "unknown" else ("sent", "refused")
            assert state in may_be, row
    unknown = [row for row in rows if row.state == "unknown"]
    _explained(unknown, struck)
    taken = sum(any(server.taken[(row.message_id, each)] for each in row.recipients) for row in unknown)
    return Verdict(Counter(row.state for row in rows), unknown, taken)


def _same(rows: Sequence[Row], posted: Mapping[str, Posted]) -> None:
    """Each call made one message, however often it was repeated."""
    assert len(rows) == len(posted), Counter(row.subject for row in rows) - Counter(posted)
    by_id = {row.queue_id: row for row in rows}
    for each in posted.values():
        row = by_id[each.queue_id]
        assert (row.message_id, row.subject) == (each.message_id, each.key)
        assert set(row.recipients) == set(each.recipients)


def _explained(unknown: Sequence[Row], struck: Sequence[int]) -> None:
    """A message is unknown only because of the first strike after its attempt began."""
    causes: Counter[tuple[int, str]] = Counter()
    for row in unknown:
        after = [time for time in struck if time >= row.attempted_at]
        assert after, f"nothing struck after {row} was begun"
        causes[(after[0], row.account)] += 1
    for (struck_at, account), count in causes.items():
        # The time of a strike is written down a little after it, so a message of the next one may be put down to it.
        near = sum(abs(time - struck_at) <= _WRITTEN_DOWN_MS for time in struck)
        assert count <= _MOST_UNDER_WAY * near, f"{count} unknown messages of {account} after {near} strikes"


async def decide_unknown(node: Gateway, unknown: Sequence[Row], server: CountingSmtp) -> set[str]:
    """Do what a careful person does: look whether the server has each message, and resolve it accordingly.

    Return those that it has.
    """
    has = {row.queue_id for row in unknown if any(server.taken[(row.message_id, each)] for each in row.recipients)}
    for row in unknown:
        as_ = "sent" if row.queue_id in has else "retry"
        await node.ask("POST", f"/v1/outbox/{row.queue_id}/resolve", {"as": as_})
    return has
