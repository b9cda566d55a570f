"""Folders and messages as somebody knows them who has read nothing but the event log; what cannot be is an error."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import Any

import asyncpg

Contents = dict[str, dict[int, frozenset[str]]]
"""Flags by UID by folder."""


def read_log(database_url: str, account: str) -> list[dict[str, Any]]:
    """The events of an account in the order of the log, straight from the database; its numbers have no gap.

    A PostgreSQL database is asked in a loop of its own: call it from a thread that runs none.
    """
    if database_url.startswith("sqlite:///"):
        rows = _from_sqlite(database_url.removeprefix("sqlite:///"), account)
    else:
        rows = asyncio.run(_from_postgres(database_url, account))
    assert [number for number, _ in rows] == list(range(1, len(rows) + 1))
    return [json.loads(payload) for _, payload in rows]


def _from_sqlite(file: str, account: str) -> Sequence[tuple[int, str]]:
    query = "SELECT account_seq, payload FROM events WHERE account = ? ORDER BY seq"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return connection.execute(query, (account,)).fetchall()


async def _from_postgres(url: str, account: str) -> Sequence[tuple[int, str]]:
    connection = await asyncpg.connect(url)
    try:
        query = "SELECT account_seq, payload FROM events WHERE account = $1 ORDER BY seq"
        return [tuple(row) for row in await connection.fetch(query, account)]
    finally:
        await connection.close()


def replay(log: Iterable[dict[str, Any]]) -> Contents:
    """What the folders hold after all these events. AssertionError for an event that contradicts those before it."""
    contents: Contents = {}
    ids: set[str] = set()
    for event in log:
        path, data = event.get("path"), event["data"]
        folder = contents.setdefault(path, {}) if path is not None else {}
        match event["event"]:
            case "messageNew":
                assert data["uid"] not in folder, f"announced twice: {event}"
                assert data["id"] not in ids, f"an id used twice: {event}"
                ids.add(data["id"])
                folder[data["uid"]] = frozenset(data["flags"])
            case "messageDeleted":
                assert data["uid"] in folder, f"deleted, but was never announced: {event}"
                del folder[data["uid"]]
            case "messageMoved":
                before = data["previous"]
                assert data["uid"] not in folder, f"moved to a place that is taken: {event}"
                assert data["id"] not in ids, f"an id used twice: {event}"
                assert before["uid"] in contents.get(before["path"], {}), f"moved, but was never announced: {event}"
                ids.add(data["id"])
                folder[data["uid"]] = contents[before["path"]].pop(before["uid"])
            case "messageUpdated":
                assert data["uid"] in folder, f"changed, but was never announced: {event}"
                folder[data["uid"]] = _changed(folder[data["uid"]], data["changes"]["flags"], event)
            case "mailboxNew":
                assert not folder, f"new, but holds messages already: {event}"
            case "mailboxDeleted":
                contents.pop(event["path"], None)
            case "mailboxReset" | "messageMissing":
                raise AssertionError(f"nothing of that kind happened: {event}")
    return {path: folder for path, folder in contents.items() if folder}


def announced_folders(log: Iterable[dict[str, Any]]) -> set[str]:
    """The folders that these events say came and are still there, empty ones too."""
    folders: set[str] = set()
    for event in log:
        match event["event"]:
            case "mailboxNew":
                folders.add(event["path"])
            case "mailboxDeleted":
                folders.discard(event["path"])
    return folders


def _changed(before: frozenset[str], change: dict[str, Any], event: object) -> frozenset[str]:
    added, deleted = frozenset(change.get("added", ())), frozenset(change.get("deleted", ()))
    assert not added & before, f"added what was there: {event}"
    assert deleted <= before, f"deleted what was not there: {event}"
    after = (before | added) - deleted
    assert after == frozenset(change["value"]), f"the value is not what the changes lead to: {event}"
    return after
