"""The right to a change, asked where it is made: the marks of a bound token's change, and its note."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from postroom.accounts import store
from postroom.accounts.known.details import SettingsNote
from postroom.accounts.model import AccountRow
from postroom.accounts.rights.admission import demand_right, note
from postroom.accounts.rights.allowed import LISTABLE, ChangeDenied, Changer
from postroom.accounts.rights.repair import Merging
from postroom.accounts.service import Accounts
from postroom.accounts.settings.merging import merge
from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.shapes import Document
from postroom.accounts.settings.writing import document_of
from postroom.storage.database import Database
from tests.accounts.bodies import body, imap

PUBLIC_HOSTS, OWN_RECEIVER = "publicHosts", "ownReceiver"
BOUND = Changer("a token", is_bound=True)
LISTED = Changer("a token", is_bound=True, listed=LISTABLE)
WITH_PRIVATE_HOSTS = Changer("a token", is_bound=True, private_hosts=True)
ELSEWHERE = {"imap": {**imap(), "host": "other.example.com"}}
RECEIVER = {"webhooks": "https://receiver.example.com/"}


@pytest.fixture
async def row(accounts: Accounts) -> AccountRow:
    await accounts.register("a", body(metadata={"k": "v"}))
    return (await accounts.get("a")).row


def merging(change: dict[str, Any], before: Document | None = None) -> Merging:
    stored = settings_of(before or body())
    return Merging(stored, merge(stored, change).settings, [], None, None)


async def admitted(db: Database, row: AccountRow, change: dict[str, Any], by: Changer, **before: Any) -> set[str]:
    """The marks that an admitted change leaves in the document."""
    merged = merging(change, body(**before))
    admitted = await db.read(partial(demand_right, row=row, change=change, merged=merged, by=by))
    return {mark for mark in (PUBLIC_HOSTS, OWN_RECEIVER) if document_of(admitted.after).get(mark)}


@pytest.mark.parametrize(
    ("change", "by", "marks"),
    [
        ({"name": "N"}, BOUND, set()),
        (ELSEWHERE, BOUND, {PUBLIC_HOSTS}),
        (ELSEWHERE, WITH_PRIVATE_HOSTS, set()),
        (RECEIVER, LISTED, {OWN_RECEIVER}),
    ],
)
async def test_what_a_bound_token_names_is_marked(
    db: Database, row: AccountRow, change: dict[str, Any], by: Changer, marks: set[str]
) -> None:
    assert await admitted(db, row, change, by) == marks


async def test_a_mark_stays_with_what_it_is_about(db: Database, row: AccountRow) -> None:
    marked = {PUBLIC_HOSTS: True, OWN_RECEIVER: True, **RECEIVER}
    assert await admitted(db, row, {"name": "N"}, BOUND, **marked) == {PUBLIC_HOSTS, OWN_RECEIVER}
    assert await admitted(db, row, {"webhooks": ""}, LISTED, **marked) == {PUBLIC_HOSTS}


async def test_metadata_is_compared_with_what_is_stored(db: Database, row: AccountRow) -> None:
    assert await admitted(db, row, {"metadata": {"k": "v"}}, BOUND) == set()
    with pytest.raises(ChangeDenied):
        await admitted(db, row, {"metadata": {"k": "other"}}, BOUND)


async def test_what_leads_elsewhere_is_noted_without_a_change_of_state(
    accounts: Accounts, db: Database, row: AccountRow
) -> None:
    work = partial(note, row=row, verb="changed", by=BOUND, at=7_000)
    assert await db.write(partial(work, merged=merging({"name": "N"}))) == ()
    assert await db.write(partial(work, merged=merging(ELSEWHERE))) == ("imap.host",)
    total, (line, registered) = await db.read(lambda conn: store.timeline_page(conn, row.key, 0, 10))
    assert (total, line.state, line.at) == (2, row.state, 7_000)
    assert line.cause == "settings changed by a token: imap.host"
    assert isinstance(line.detail, SettingsNote)
    assert [change.field for change in line.detail.changes] == ["imap.host"]
    assert registered.detail is None
