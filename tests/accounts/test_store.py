"""What the list searches is folded once, when it is stored, and the numbers by state are those of the rows."""

from __future__ import annotations

from postroom.accounts import store
from postroom.accounts.lifecycle import State
from postroom.accounts.service import Accounts
from postroom.storage.database import Database
from tests.accounts.bodies import body
from tests.accounts.rows import put_state


def test_text_is_compared_without_case_and_with_composed_accents() -> None:
    assert store.folded("STRASSE") == store.folded("Straße")
    assert store.folded("Mu\u0308ller") == store.folded("MÜLLER") == "müller"
    assert store.search_text("A", "B", "C@d") == "a\nb\nc@d"


async def test_accounts_are_counted_by_state(accounts: Accounts, db: Database) -> None:
    for name in ("a", "b", "c"):
        await accounts.register(name, body())
    await put_state(db, "b", State.CONNECTED)
    assert await db.read(store.state_counts) == {"init": 2, "connected": 1}
