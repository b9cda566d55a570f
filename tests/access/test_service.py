"""Tokens in use, on both databases."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from postroom.access.service import PREPARED, NewToken, Tokens
from postroom.access.tokens import InvalidExpiry, NoSuchAccount, RateLimit, TokenNotFound, TokenRefused
from postroom.accounts.service import Accounts
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox

BOX = SecretBox(("a secret for tests",))
IMAP = {"host": "imap.example.com", "port": 993, "secure": True, "auth": {"user": "u", "pass": "p"}}


class Clock:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self.now = 1_700_000_000_000

    def __call__(self) -> int:
        return self.now


class Counting:
    """A database that counts what is asked of it."""

    def __init__(self, db: Database) -> None:
        self.db, self.wakeups, self.dialect = db, db.wakeups, db.dialect
        self.reads = self.writes = 0

    async def read(self, work: Any) -> Any:
        self.reads += 1
        return await self.db.read(work)

    async def write(self, work: Any, **options: Any) -> Any:
        self.writes += 1
        return await self.db.write(work, **options)


async def refusal(tokens: Tokens, secret: str) -> str:
    with pytest.raises(TokenRefused) as caught:
        await tokens.recognise(secret, None)
    return caught.value.code


async def test_only_the_hash_is_stored(db: Database) -> None:
    issued = await Tokens(db).issue(NewToken("for tests"))
    rows = await db.read(lambda conn: str(conn.execute(sa.text("SELECT * FROM tokens")).all()))
    assert issued.id in rows
    assert issued.secret not in rows
    assert issued.secret not in repr(issued)


async def test_what_is_issued_is_recognised_as_it_was_made(db: Database) -> None:
    tokens = Tokens(db)
    new = NewToken(
        "d", ("api", "metrics"), None, '{"a":1}', ("192.0.2.0/24",), {"actions": ["read"]}, None, "192.0.2.9",
        ("https://a.example/*",), RateLimit(5, 60),
    )  # fmt: skip
    issued = await tokens.issue(new)
    found = await tokens.recognise(issued.secret, "192.0.2.1")
    assert (found.scopes, found.metadata, found.addresses) == (new.scopes, new.metadata, new.addresses)
    assert (found.permissions, found.created_ip) == (new.permissions, new.created_ip)
    assert (found.referrers, found.rate_limit) == (new.referrers, new.rate_limit)
    assert await tokens.count() == 1


async def test_a_token_is_named_by_its_id_or_by_itself(db: Database) -> None:
    tokens = Tokens(db)
    made = await tokens.issue(NewToken("mine"))
    for name in (made.id, made.secret, made.secret.upper()):
        assert (await tokens.named(name)).id == made.id
    for name in ("0" * 64, "nonsense", ""):
        with pytest.raises(TokenNotFound):
            await tokens.named(name)


async def test_refusals(db: Database) -> None:
    clock = Clock()
    tokens = Tokens(db, clock=clock)
    assert await refusal(tokens, "short") == "InvalidToken"
    assert await refusal(tokens, "0" * 64) == "UnknownToken"
    issued = await tokens.issue(NewToken("d", expires_at=clock.now + 5000))
    await tokens.recognise(issued.secret, None)
    clock.now += 5000
    assert await refusal(tokens, issued.secret) == "ExpiredToken"
    with pytest.raises(InvalidExpiry):
        await tokens.issue(NewToken("d", expires_at=clock.now))


async def test_the_prepared_token_needs_no_form_and_no_database(db: Database) -> None:
    tokens = Tokens(db, "let me in")
    assert await tokens.recognise("let me in", None) is PREPARED
    assert await refusal(tokens, "let me out") == "InvalidToken"


async def test_a_known_token_costs_no_query_and_its_use_one_write_a_minute(db: Database) -> None:
    clock, counting = Clock(), Counting(db)
    tokens = Tokens(counting, clock=clock)  # type: ignore[arg-type]
    issued = await tokens.issue(NewToken("d"))
    counting.writes = 0
    for _ in range(50):
        await tokens.recognise(issued.secret, "192.0.2.1")
    assert (counting.reads, counting.writes) == (1, 1)
    clock.now += 60_000
    await tokens.recognise(issued.secret, "192.0.2.2")
    assert (counting.reads, counting.writes) == (2, 2)
    assert (await tokens.get(issued.id)).used_ip == "192.0.2.2"
    assert (await tokens.get(issued.id)).used_at == clock.now


async def test_a_removed_token_is_refused_here_at_once_and_elsewhere_within_a_second(db: Database) -> None:
    clock = Clock()
    here, elsewhere = Tokens(db, clock=clock), Tokens(db, clock=clock)
    issued = await here.issue(NewToken("d"))
    for tokens in (here, elsewhere):
        await tokens.recognise(issued.secret, None)
    await here.remove(issued.id)
    assert await refusal(here, issued.secret) == "UnknownToken"
    clock.now += 1000
    assert await refusal(elsewhere, issued.secret) == "UnknownToken"
    with pytest.raises(TokenNotFound):
        await here.remove(issued.id)


async def test_tokens_bound_to_an_account_go_with_it(db: Database) -> None:
    tokens, accounts = Tokens(db), Accounts(db, BOX)
    with pytest.raises(NoSuchAccount):
        await tokens.issue(NewToken("d", account="a"))
    await accounts.register("a", {"name": "A", "imap": IMAP})
    issued = await tokens.issue(NewToken("d", account="a"))
    assert (await tokens.recognise(issued.secret, None)).account == "a"
    await accounts.remove("a")
    tokens.forget_account("a")
    assert await refusal(tokens, issued.secret) == "UnknownToken"


async def test_a_token_is_bound_to_one_holder_of_an_id(db: Database) -> None:
    """Other processes are told at once that it is gone, and until they hear it know whose it was."""
    here, elsewhere, accounts = Tokens(db), Tokens(db, clock=Clock()), Accounts(db, BOX)
    keys = []
    for _ in range(2):
        await accounts.register("a", {"name": "A", "imap": IMAP})
        issued = await here.issue(NewToken("d", account="a"))
        keys.append((await elsewhere.recognise(issued.secret, None)).account_key)
        await accounts.remove("a")
        await eventually_refused(elsewhere, issued.secret)
    assert None not in keys
    assert keys[0] != keys[1]


async def eventually_refused(tokens: Tokens, secret: str) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                await tokens.recognise(secret, None)
            except TokenRefused:
                return
            await asyncio.sleep(0.01)


async def test_a_token_of_an_account_that_is_not_there_opens_nothing(db: Database) -> None:
    accounts, tokens = Accounts(db, BOX), Tokens(db)
    await accounts.register("a", {"name": "A", "imap": IMAP})
    issued = await tokens.issue(NewToken("d", account="a"))
    await db.write(lambda conn: conn.execute(sa.text("UPDATE tokens SET account = 'b'")) and None)
    assert await refusal(tokens, issued.secret) == "UnknownToken"


async def test_what_stays_open_is_asked_for_together(db: Database) -> None:
    clock, counting = Clock(), Counting(db)
    tokens = Tokens(counting, "let me in", clock=clock)  # type: ignore[arg-type]
    lasting, short, removed = [
        await tokens.issue(NewToken("d", expires_at=expires_at)) for expires_at in (None, clock.now + 120_000, None)
    ]
    counting.writes = 0
    used = {each.id: "192.0.2.1" for each in (lasting, short, removed)} | {PREPARED.id: None}
    assert await tokens.gone(used) == set()
    await Tokens(db).remove(removed.id)
    for _ in range(50):
        assert await tokens.gone(used) == {removed.id}
    assert (counting.reads, counting.writes) == (51, 1)
    assert ((await tokens.get(lasting.id)).used_at, (await tokens.get(lasting.id)).used_ip) == (clock.now, "192.0.2.1")
    clock.now += 120_000
    assert await tokens.gone(used) == {short.id, removed.id}
    assert (await tokens.get(lasting.id)).used_at == clock.now
    assert await tokens.gone({PREPARED.id: None}) == set()


async def test_listing(db: Database) -> None:
    clock = Clock()
    tokens = Tokens(db, clock=clock)
    for name in ("First", "second_one", "third"):
        clock.now += 1
        await tokens.issue(NewToken(name))
    total, newest = await tokens.list_page(page_size=2)
    assert (total, [token.description for token in newest]) == (3, ["third", "second_one"])
    total, found = await tokens.list_page(text="FIRST")
    assert (total, [token.description for token in found]) == (1, ["First"])
    assert (await tokens.list_page(text="%"))[0] == 0
    assert (await tokens.list_page(account="nobody"))[0] == 0
