"""What must hold after every mishap, read from the event log, the mail server and what the receiver was posted.

Nothing is lost, nothing is announced twice, each account's events come in order. A webhook may come twice only if the
mishap took its answer away, and then under the same event id.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.mailserver import account_id, user
from tests.fakes.webhook_receiver import ReceivedRequest
from tests.flows.gateway import sooner_or_later
from tests.flows.replay import Contents, replay
from tests.survival.cluster import PATIENCE, Cluster

ONCE = ("accountAdded", "authenticationSuccess", "accountInitialized")
_FETCHED = re.compile(rb"FLAGS \((?P<flags>[^)]*)\)")
_UID = re.compile(rb"UID (?P<uid>\d+)")
_LOOKING = 8


@dataclass(frozen=True)
class Entry:
    """One event of the log."""

    account: str
    number: int
    id: str
    name: str
    payload: dict[str, Any]


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(row["account"], row["account_seq"], row["id"], row["type"], json.loads(row["payload"]))


@dataclass(frozen=True)
class Verdict:
    """What came of the webhooks: how many events, and those posted more than once."""

    events: int
    repeated: Sequence[str]


async def read_log(cluster: Cluster) -> dict[str, list[Entry]]:
    """The events of every account in the order of the log; their numbers have no gap and no double, ids no double."""
    rows = await cluster.query("SELECT account, account_seq, id, type, payload FROM events ORDER BY seq")
    ids = Counter(row["id"] for row in rows)
    assert len(ids) == len(rows), [each for each, count in ids.items() if count > 1]
    log: dict[str, list[Entry]] = defaultdict(list)
    for row in rows:
        log[row["account"]].append(_entry(row))
    for account, entries in log.items():
        numbers = [each.number for each in entries]
        assert numbers == list(range(1, len(entries) + 1)), f"{account}: {numbers}"
    return log


async def the_log_tells_what_the_server_holds(cluster: Cluster) -> None:
    """Wait until the replayed log is what the mail server holds, in every account, and each known message is in it."""
    for number in cluster.traffic.others:
        await cluster.nodes[0].tell(account_id(number), "sync")
    truth = await _contents(cluster)
    wrong: list[str] = []

    async def agrees() -> bool:
        log = await read_log(cluster)
        told = {account: _replayed(log[account]) for account in cluster.accounts}
        wrong[:] = [f"{each}: {told[each]} is not {truth[each]}" for each in truth if told[each] != truth[each]]
        return not wrong

    try:
        await sooner_or_later(agrees, PATIENCE)
    except AssertionError as late:
        raise AssertionError(f"{len(wrong)} accounts, as {wrong[:3]}") from late
    log = await read_log(cluster)
    for number, subjects in cluster.traffic.sent.items():
        assert _subjects(log[account_id(number)]) == Counter(subjects), account_id(number)
    # A node's or the database's mishap is no failure of an account, and no new beginning.
    for account in cluster.accounts:
        told_of_itself = [each.name for each in log[account] if not each.name.startswith(("message", "mailbox"))]
        assert told_of_itself == list(ONCE), account


def _replayed(entries: Sequence[Entry]) -> Contents:
    """What the events of an account lead to; a contradiction comes with all of them."""
    try:
        return replay(each.payload for each in entries)
    except AssertionError as contradiction:
        told = "\n".join(json.dumps(each.payload) for each in entries)
        raise AssertionError(f"{contradiction}\nall events of the account:\n{told}") from contradiction


def _subjects(entries: Iterable[Entry]) -> Counter[str]:
    return Counter(each.payload["data"]["subject"] for each in entries if each.name == "messageNew")


async def the_receiver_has_it_all(
    cluster: Cluster, may_repeat: Callable[[ReceivedRequest], bool], since: int
) -> Verdict:
    """Wait until every event was posted and nothing is left to be posted again; order and repeats must be right.

    `may_repeat` says of the first request of an event whether its answer may have been lost; requests before the
    `since`-th were judged earlier.
    """
    log = await read_log(cluster)
    events = {each.id: each for entries in log.values() for each in entries}

    async def all_there() -> bool:
        return events.keys() <= {request.headers["webhook-id"] for request in cluster.receiver.requests}

    async def none_pending() -> bool:
        return not (await cluster.query("SELECT count(*) FROM deliveries WHERE state = 'pending'"))[0][0]

    try:
        # An endpoint that seemed down pauses for minutes.
        await sooner_or_later(all_there, 2.5 * PATIENCE, "every event is posted")
    except AssertionError as late:
        missing = list(events.keys() - {request.headers["webhook-id"] for request in cluster.receiver.requests})
        raise AssertionError(f"{late}: {len(missing)} are missing: {await _whereabouts(cluster, missing)}") from late
    await sooner_or_later(none_pending, PATIENCE, "every answer is stored")
    first: dict[str, ReceivedRequest] = {}
    repeated = []
    for index, request in enumerate(cluster.receiver.requests):
        before = first.setdefault(request.headers["webhook-id"], request)
        if before is not request and index >= since:
            assert before.body == request.body, request
            assert may_repeat(before), f"{before.json()} was posted twice: {before.headers} {request.headers}"
            repeated.append(request.headers["webhook-id"])
    assert first.keys() <= events.keys(), "posted, but not in the log"
    order: dict[str, list[int]] = defaultdict(list)
    for event_id in first:
        order[events[event_id].account].append(events[event_id].number)
    assert {account: numbers for account, numbers in order.items() if numbers != sorted(numbers)} == {}
    return Verdict(len(events), repeated)


_MISSING = """
SELECT seq, events.type, events.at, endpoint, lane, state, attempts, attempted_at, last_status, last_error
FROM events LEFT JOIN deliveries ON event_seq = seq WHERE events.id = ANY($1) LIMIT 5
"""


async def _whereabouts(cluster: Cluster, missing: list[str]) -> list[str]:
    """What the database knows of events that were not posted, and of the endpoint they wait for."""
    deliveries = await cluster.query(_MISSING, missing)
    lanes = await cluster.query("SELECT * FROM webhook_lanes LIMIT 5")
    endpoints = await cluster.query("SELECT * FROM webhook_endpoints LIMIT 5")
    return [repr(dict(row)) for row in (*deliveries, *lanes, *endpoints)]


async def _contents(cluster: Cluster) -> dict[str, Contents]:
    """What the mail server holds of every account."""
    found: dict[str, Contents] = {}
    for number, other in cluster.traffic.others.items():
        found[account_id(number)] = await asyncio.to_thread(other.contents)
    numbers = iter(range(cluster.count - len(found)))

    async def look() -> None:
        for number in numbers:
            found[account_id(number)] = await _inbox(cluster, number)

    async with asyncio.TaskGroup() as group:
        for _ in range(_LOOKING):
            group.create_task(look())
    return found


async def _inbox(cluster: Cluster, number: int) -> Contents:
    """What an INBOX holds; nothing ever comes into the other folders of these accounts."""
    reader, writer = await asyncio.open_connection(cluster.dovecot.host, cluster.dovecot.port)
    writer.write(f'a LOGIN "{user(number)}" "{cluster.dovecot.password}"\r\n'.encode())
    writer.write(b"b EXAMINE INBOX\r\nc UID FETCH 1:* (FLAGS)\r\nd LOGOUT\r\n")
    lines = (await reader.read(-1)).split(b"\r\n")
    writer.close()
    assert any(line.startswith((b"c OK", b"c BAD")) for line in lines), lines
    messages: dict[int, frozenset[str]] = {}
    for line in lines:
        uid, flags = _UID.search(line), _FETCHED.search(line)
        if uid and flags:
            names = {each.decode() for each in flags["flags"].split()} - {"\\Recent"}
            messages[int(uid["uid"])] = frozenset(names)
    return {"INBOX": messages} if messages else {}
