"""The accounts with a protocol log: noted with their settings, and only a change wakes anybody."""

from __future__ import annotations

from functools import partial

from postroom.accounts import logged_store
from postroom.accounts.service import Accounts
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox

_SMTP = {"host": "smtp.example.com", "port": 465, "secure": True, "auth": {"user": "u", "pass": "p"}}


async def test_it_is_noted_with_the_settings(db: Database) -> None:
    accounts = Accounts(db, SecretBox(("test secret",)))
    waiter = db.wakeups.subscribe(logged_store.TOPIC)

    async def logged() -> frozenset[str]:
        return await db.read(logged_store.logged)

    for account in ("a1", "a2"):
        await accounts.register(account, {"name": account, "smtp": _SMTP, "logs": account == "a2"})
    assert await logged() == {"a2"}
    assert await waiter.wait(20.0) == {"a2"}
    await accounts.register("a1", {"name": "a1", "smtp": _SMTP, "logs": True}, upsert=True)
    assert await waiter.wait(20.0) == {"a1"}
    assert await logged() == {"a1", "a2"}
    await accounts.update("a1", {"logs": True, "name": "Another"})
    await accounts.update("a2", {"logs": False})
    assert await waiter.wait(20.0) == {"a2"}
    assert await logged() == {"a1"}
    await accounts.remove("a1")
    assert await logged() == frozenset()


async def test_a_wish_that_is_known_wakes_nobody(db: Database) -> None:
    accounts = Accounts(db, SecretBox(("test secret",)))
    await accounts.register("a1", {"name": "a1", "smtp": _SMTP})
    waiter = db.wakeups.subscribe(logged_store.TOPIC)
    for wanted in (False, True, True):
        await db.write(partial(logged_store.note_wish, key=1, account="a1", wanted=wanted))
    assert await waiter.wait(20.0) == {"a1"}
    assert await waiter.wait(0.0) == set()
