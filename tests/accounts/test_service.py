"""What the API may ask of accounts, on both engines."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from postroom.accounts import store
from postroom.accounts.lifecycle import NOTHING_TO_DO, Health, State
from postroom.accounts.model import (
    AccountExists,
    AccountNotFound,
    InvalidAccount,
    ListQuery,
    VersionMismatch,
)
from postroom.accounts.service import TOPIC, Accounts
from postroom.accounts.settings.writing import document_of, masked
from postroom.clock import iso
from postroom.events import log
from postroom.events.cursor import read_after
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import WrongKey
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import account_metadata, account_settings, events
from postroom.storage.tables import accounts as table
from postroom.words.masking import MASK
from tests.accounts.bodies import PASSWORD, body, imap, oauth2_body
from tests.accounts.conftest import Clock
from tests.accounts.rows import column, count, document, logged, put_state

# Registering


async def test_a_new_account_is_stored_in_state_init(accounts: Accounts, clock: Clock) -> None:
    made = await accounts.register("a", body(email="anna@example.com", metadata={"tenant": "7"}, webhooks="http://h/"))
    assert (made.account, made.state, made.created) == ("a", State.INIT, True)
    view = await accounts.get("a")
    row = view.row
    assert (row.account, row.name, row.email, row.type) == ("a", "Anna Müller", "anna@example.com", "imap")
    assert (row.state, row.state_since, row.created_at, row.version, row.revision) == (
        State.INIT,
        clock.now,
        clock.now,
        1,
        1,
    )
    assert (row.health, row.failures, row.connections, row.sync_time) == (Health.HEALTHY, 0, 0, None)
    assert masked(view.settings) == {
        "imap": imap(**{"pass": MASK}),
        "webhooks": "http://h/",
        "notifyFrom": iso(clock.now),
    }
    assert view.metadata == {"tenant": "7"}
    assert (view.last_error, view.server, view.counters) == (None, None, {"accountAdded": 1})


@pytest.mark.parametrize(
    "sent", [body(imap={**imap(), "disabled": True}), {"name": "A", "smtp": imap()}], ids=["disabled", "only sends"]
)
async def test_an_account_without_anything_to_connect_to_is_at_rest_from_the_beginning(
    accounts: Accounts, clock: Clock, db: Database, sent: dict[str, Any]
) -> None:
    waiter = db.wakeups.subscribe(TOPIC)
    made = await accounts.register("a", sent)
    view = await accounts.get("a")
    assert (made.state, view.row.state) == (State.INIT, State.UNSET)
    assert (view.row.parked_revision, view.row.revision, view.row.state_since) == (1, 1, clock.now)
    assert (view.row.health, view.last_error, view.counters) == (Health.STOPPED, None, {"accountAdded": 1})
    page = await accounts.timeline("a", 0, 10)
    assert [(each.state, each.cause, each.at, each.attempt) for each in reversed(page.items)] == [
        (State.INIT, "registered", clock.now, 0),
        (State.UNSET, NOTHING_TO_DO, clock.now, 0),
    ]
    assert waiter.take() == set()


@pytest.mark.parametrize("sent", [{"name": "A"}, {"name": "A", "imap": False}, {"name": "A", "oauth2": False}])
async def test_a_missing_protocol_is_named_once(accounts: Accounts, sent: dict[str, Any]) -> None:
    with pytest.raises(InvalidAccount) as caught:
        await accounts.register("a", sent)
    assert [problem.key for problem in caught.value.problems] == ["imap"]


async def test_the_event_and_the_first_line_of_the_timeline_come_with_the_account(
    accounts: Accounts, db: Database
) -> None:
    waiter, event_waiter = db.wakeups.subscribe(TOPIC), db.wakeups.subscribe(log.TOPIC)
    await accounts.register("a", body())
    key = (await accounts.get("a")).row.key
    (event,) = await db.read(lambda conn: read_after(conn, key, 0))
    assert (event.account, event.account_seq, event.type) == ("a", 1, "accountAdded")
    (entry,) = (await accounts.timeline("a", 0, 10)).items
    assert (entry.state, entry.cause, entry.attempt, entry.detail) == (State.INIT, "registered", 0, None)
    assert await waiter.wait(5) == {"a"}
    assert await event_waiter.wait(5)


async def test_the_e_mail_address_defaults_to_the_id(accounts: Accounts) -> None:
    await accounts.register("user@example.com", body())
    assert (await accounts.get("user@example.com")).row.email == "user@example.com"


async def test_a_taken_id_is_refused_and_nothing_changes(accounts: Accounts, db: Database) -> None:
    await accounts.register("a", body())
    with pytest.raises(AccountExists, match="use PUT") as caught:
        await accounts.register("a", body(name="Other"))
    assert (caught.value.code, caught.value.existing) == ("AccountAlreadyExists", "a")
    view = await accounts.get("a")
    assert (view.row.name, view.row.version) == ("Anna Müller", 1)
    assert await logged(db, "a") == ["accountAdded"]


async def test_upsert_updates_an_existing_account(accounts: Accounts, db: Database) -> None:
    assert (await accounts.register("a", body(), upsert=True)).created
    await put_state(db, "a", State.CONNECTED)
    again = await accounts.register("a", body(name="Other", imap=imap(**{"pass": "new"})), upsert=True)
    assert (again.created, again.state) == (False, State.CONNECTED)
    assert (await accounts.get("a")).row.name == "Other"
    assert (await document(accounts, "a"))["imap"]["auth"]["pass"] == "new"
    assert await logged(db, "a") == ["accountAdded"]


async def test_generated_ids_are_sixteen_digits_and_letters(accounts: Accounts) -> None:
    made = [(await accounts.register(None, body())).account for _ in range(20)]
    assert len(set(made)) == 20
    assert all(re.fullmatch("[0-9a-z]{16}", account) for account in made)


REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    ({"imap": None}, ["imap"]),
    ({"imap": False, "smtp": {"host": "h"}}, ["smtp.port", "smtp.auth"]),
    ({"imap": imap(**{"pass": MASK})}, ["imap.auth.pass"]),
    ({"imap": {"host": "h"}, "name": "a\0"}, ["name"]),
]


async def test_settings_that_cannot_work_are_refused_with_every_reason(accounts: Accounts, db: Database) -> None:
    for fields, keys in REFUSED:
        with pytest.raises(InvalidAccount) as caught:
            await accounts.register("a", body(**fields))
        assert [problem.key for problem in caught.value.problems] == keys
    assert await count(db, table) == await count(db, events) == 0


async def test_a_send_only_account_says_so(accounts: Accounts) -> None:
    await accounts.register("a", {"name": "A", "imap": False, "smtp": imap()})
    assert (await accounts.get("a")).row.type == "sending"


async def test_an_oauth2_user_has_one_account(accounts: Accounts, db: Database) -> None:
    await accounts.register("first", oauth2_body())
    for change in (oauth2_body("USER@gmail.com"), oauth2_body(imap=imap())):
        with pytest.raises(AccountExists, match="same OAuth2 user") as caught:
            await accounts.register("second", change)
        assert caught.value.existing == "first"
    await accounts.register("second", oauth2_body(provider="mailRu"))
    with pytest.raises(AccountExists) as caught:
        await accounts.update("second", {"oauth2": oauth2_body()["oauth2"]})
    assert caught.value.existing == "first"
    assert await logged(db, "second") == ["accountAdded"]
    await accounts.remove("first")
    await accounts.update("second", {"oauth2": oauth2_body()["oauth2"]})


async def test_of_concurrent_registrations_of_one_id_exactly_one_wins(accounts: Accounts, db: Database) -> None:
    results = await asyncio.gather(
        *[accounts.register("a", body(name=f"{n}")) for n in range(10)], return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["AccountExists"] * 9 + ["Registered"]
    assert await logged(db, "a") == ["accountAdded"]


async def test_of_concurrent_registrations_of_one_oauth2_user_exactly_one_wins(
    accounts: Accounts, db: Database
) -> None:
    results = await asyncio.gather(
        *[accounts.register(f"{n}", oauth2_body()) for n in range(10)], return_exceptions=True
    )
    refused = [result for result in results if isinstance(result, AccountExists)]
    assert len(refused) == 9
    (winner,) = {error.existing for error in refused}
    assert (await accounts.get(winner)).row.type == "gmail"
    assert await count(db, table) == await count(db, events) == 1


async def test_an_upsert_makes_an_account_that_was_removed_since_it_was_found(
    accounts: Accounts, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await accounts.register("a", body(name="Old"))
    found = store.find_for_update

    def removed_by_somebody_else(conn: Connection, account: str) -> Any:
        row = found(conn, account)
        if row is not None:
            store.delete(conn, row.key, account)
        return None

    monkeypatch.setattr(store, "find_for_update", removed_by_somebody_else)
    assert (await accounts.register("a", body(name="New"), upsert=True)).created
    assert (await accounts.get("a")).row.name == "New"


async def test_concurrent_upserts_of_one_id_make_one_account(accounts: Accounts, db: Database) -> None:
    results = await asyncio.gather(*[accounts.register("a", body(), upsert=True) for _ in range(10)])
    assert sum(result.created for result in results) == 1
    assert await logged(db, "a") == ["accountAdded"]


# Ids, names and secrets of every kind

IDS = [
    "user+tag@example.com",
    "a/b/c",
    "50%",
    "%41",
    "..",
    " spaces ",
    "*",
    "?x=1&y=2#z",
    "käse",
    "日本語🐘",
    "'; DROP TABLE accounts; --",
    'quo"te',
    "back\\slash",
    "new\nline",
    "x" * 256,
    "ü" * 256,
]


async def test_any_text_is_an_id(accounts: Accounts) -> None:
    for account in IDS:
        await accounts.register(account, body())
    assert (await accounts.list_page(ListQuery(page_size=100))).total == len(IDS)
    for account in IDS:
        assert (await accounts.get(account)).row.account == account
        await accounts.update(account, {"name": account})
        await accounts.reconnect(account)
        assert (await accounts.timeline(account, 0, 10)).total == 1
        await accounts.remove(account)
    assert (await accounts.list_page(ListQuery())).total == 0


async def test_ids_differ_by_case_and_by_every_character(accounts: Accounts) -> None:
    for account in ("a", "A", "a ", "ä", "a\u0308", "_", "%"):
        await accounts.register(account, body())
    assert (await accounts.list_page(ListQuery())).total == 7


async def test_what_cannot_be_an_id_is_nobody_s(accounts: Accounts) -> None:
    for account in ("\0", "a\0b", "\ud800"):
        with pytest.raises(InvalidAccount):
            await accounts.register(account, body())
        for call in (accounts.get, accounts.remove, accounts.reconnect):
            with pytest.raises(AccountNotFound):
                await call(account)
        assert (await accounts.list_page(ListQuery(text=account))).total == 0
        assert (await accounts.list_page(ListQuery(metadata={account: account}))).total == 0


PASSWORDS = ["'", '"', "\\", "a\r\nb", "pässwörd", "🐘", " ", "*****", "x" * 256, "{}", "%s", "\x00"]


async def test_any_password_is_kept_exactly(accounts: Accounts) -> None:
    for number, password in enumerate(PASSWORDS):
        await accounts.register(f"{number}", body(imap=imap(**{"pass": password})))
        assert (await document(accounts, f"{number}"))["imap"]["auth"]["pass"] == password
        assert masked((await accounts.get(f"{number}")).settings)["imap"]["auth"]["pass"] == MASK


async def test_no_secret_is_readable_in_the_database(accounts: Accounts, db: Database, tmp_path: Path) -> None:
    secrets = ["PlainPassword1", "PlainToken2", "PlainProxy3", "PlainHeader4", "PlainRotated5"]
    await accounts.register(
        "a",
        oauth2_body(
            imap=imap(**{"pass": secrets[0]}),
            smtp=imap(**{"pass": "", "accessToken": secrets[1]}),
            proxy=f"http://user:{secrets[2]}@proxy/",
            webhooksCustomHeaders=[{"key": "X", "value": secrets[3]}],
        ),
    )
    await accounts.update("a", {"imap": {"auth": {"pass": secrets[4]}}})
    found = await document(accounts, "a")
    assert found["imap"]["auth"]["pass"] == secrets[4]
    assert found["proxy"] == f"http://user:{secrets[2]}@proxy/"
    rows = await db.read(lambda conn: [str(conn.execute(sa.select(t)).all()) for t in table.metadata.sorted_tables])
    written = "".join(rows).encode() + b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"user@gmail.com" in written
    assert [secret for secret in secrets if secret.encode() in written] == []


async def test_the_secrets_of_one_account_do_not_open_in_another(accounts: Accounts, db: Database) -> None:
    await accounts.register("a", body())
    await accounts.register("b", body(imap=imap(**{"pass": "other"})))

    def swap(conn: Connection) -> None:
        sealed = sa.select(account_settings.c.secrets).order_by(account_settings.c.account_key)
        first, second = conn.execute(sealed).scalars()
        for wrong, right in ((first, second), (second, first)):
            change = sa.update(account_settings).where(account_settings.c.secrets == right)
            conn.execute(change.values(secrets=f"x{wrong}"))
        conn.execute(sa.update(account_settings).values(secrets=sa.func.substr(account_settings.c.secrets, 2)))

    await db.write(swap)
    with pytest.raises(WrongKey, match="does not belong"):
        await document(accounts, "a")


# Changing


async def test_a_change_leaves_alone_what_it_does_not_name(accounts: Accounts) -> None:
    await accounts.register("a", body(email="e@x", metadata={"k": "v"}, logs=True))
    updated = await accounts.update("a", {"name": "New"})
    view = await accounts.get("a")
    assert (updated.account, updated.tag, updated.warnings) == ("a", view.row.tag, [])
    assert (view.row.name, view.row.email, view.row.revision, view.metadata) == ("New", "e@x", 1, {"k": "v"})
    assert view.settings.logs is True
    assert (await document(accounts, "a"))["imap"] == imap()


async def test_rotated_credentials_need_a_new_connection_and_a_new_name_does_not(
    accounts: Accounts, db: Database
) -> None:
    await accounts.register("a", body(smtp=imap()))
    waiter = db.wakeups.subscribe(TOPIC)
    await accounts.update("a", {"imap": {"auth": {"pass": "new"}}, "smtp": {"auth": {"pass": "new"}}})
    assert (await accounts.get("a")).row.revision == 2
    assert await waiter.wait(5) == {"a"}
    for change in ({"name": "x"}, {"smtp": {"port": 25}}, {"imap": {"auth": {"pass": "new"}}}, {"logs": True}):
        await accounts.update("a", change)
    row = (await accounts.get("a")).row
    assert (row.revision, row.version) == (2, 6)


async def test_a_change_that_cannot_work_changes_nothing(accounts: Accounts) -> None:
    await accounts.register("a", body())
    for change in ({"imap": False}, {"imap": {"auth": {"pass": MASK}}}, {"name": "a\0"}, {"imap": {"host": "h"}}):
        with pytest.raises(InvalidAccount):
            await accounts.update("a", {"email": "changed", **change})
        if "name" not in change:
            with pytest.raises(InvalidAccount):
                await accounts.preview("a", change)
    assert (await accounts.get("a")).row.version == 1
    assert (await document(accounts, "a"))["imap"] == imap()


async def test_a_block_for_a_missing_protocol_is_left_out_with_a_warning(accounts: Accounts) -> None:
    await accounts.register("a", body())
    updated = await accounts.update("a", {"imap": {"auth": {"pass": "new"}}, "smtp": {"auth": {"pass": "new"}}})
    assert updated.warnings[0].startswith("smtp: left out")
    assert "smtp" not in await document(accounts, "a")


async def test_metadata_is_replaced_whole(accounts: Accounts, db: Database) -> None:
    await accounts.register("a", body(metadata={"a": "1", "b": "2"}))
    await accounts.update("a", {"metadata": {"b": "3"}})
    assert (await accounts.get("a")).metadata == {"b": "3"}
    assert (await accounts.list_page(ListQuery(metadata={"a": "1"}))).total == 0
    await accounts.update("a", {"metadata": None})
    assert (await accounts.get("a")).metadata == {}
    assert await count(db, account_metadata) == 0


async def test_a_preview_shows_secrets_and_stores_nothing(accounts: Accounts) -> None:
    await accounts.register("a", body())
    found = document_of(await accounts.preview("a", {"imap": {"auth": {"pass": "new"}}}))
    assert found["imap"]["auth"] == {"user": "user@example.com", "pass": "new"}
    assert (await document(accounts, "a"))["imap"]["auth"]["pass"] == PASSWORD
    assert (await accounts.get("a")).row.version == 1


async def test_concurrent_changes_of_different_fields_lose_nothing(accounts: Accounts) -> None:
    await accounts.register("a", body(smtp=imap()))
    changes: list[dict[str, Any]] = [
        {"imap": {"auth": {"pass": "new imap"}}},
        {"smtp": {"auth": {"pass": "new smtp"}}},
        {"imap": {"port": 143}},
        {"name": "new name"},
        {"metadata": {"a": "b"}},
        *({f"custom{n}": n + 1} for n in range(15)),
    ]
    results = await asyncio.gather(*[accounts.update("a", change) for change in changes])
    assert len({result.tag for result in results}) == 20
    full = await document(accounts, "a")
    assert full["imap"] == {**imap(**{"pass": "new imap"}), "port": 143}
    assert full["smtp"] == imap(**{"pass": "new smtp"})
    assert all(full[f"custom{n}"] == n + 1 for n in range(15))
    view = await accounts.get("a")
    assert (view.row.name, view.metadata, view.row.version) == ("new name", {"a": "b"}, 21)


async def test_a_change_of_an_older_version_is_refused(accounts: Accounts) -> None:
    await accounts.register("a", body())
    first = (await accounts.get("a")).row.tag
    second = (await accounts.update("a", {"name": "x"}, if_match=first)).tag
    with pytest.raises(VersionMismatch):
        await accounts.update("a", {"name": "y"}, if_match=first)
    assert (await accounts.get("a")).row.name == "x"
    results = await asyncio.gather(
        *[accounts.update("a", {"name": f"{n}"}, if_match=second) for n in range(10)], return_exceptions=True
    )
    assert sum(isinstance(result, VersionMismatch) for result in results) == 9


async def test_a_change_meant_for_an_account_that_was_deleted_is_refused_by_the_next_one(accounts: Accounts) -> None:
    await accounts.register("a", body())
    old = (await accounts.get("a")).row.tag
    await accounts.remove("a")
    await accounts.register("a", body())
    with pytest.raises(VersionMismatch):
        await accounts.update("a", {"name": "x"}, if_match=old)


async def test_what_begins_anew_does_not_wait_for_what_was_planned(accounts: Accounts, db: Database) -> None:
    """A process that dies before it could begin would otherwise go on with the wait after refused credentials."""
    anew: list[Callable[[], Awaitable[object]]] = [
        lambda: accounts.update("a", {"imap": {"auth": {"pass": "another"}}}),
        lambda: accounts.reconnect("a"),
        lambda: accounts.disconnect("a"),
        lambda: accounts.flush("a"),
    ]
    await accounts.register("a", body())
    planned = sa.update(table).values(next_attempt=5)
    for command in anew:
        await db.write(lambda conn: conn.execute(planned) and None)
        await accounts.update("a", {"name": "no reason to begin anew"})
        assert await column(db, "a", "next_attempt") == 5
        await command()
        assert await column(db, "a", "next_attempt") is None
