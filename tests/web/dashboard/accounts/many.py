"""A database with many accounts, filled past the service, because that would take minutes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from postroom.accounts.store import search_text
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import account_metadata, account_settings, account_status, accounts, timeline

NOW = 1_800_000_000_000
REFUSED = {
    "response": "[AUTHENTICATIONFAILED] Invalid credentials",
    "serverResponseCode": "AUTHENTICATIONFAILED",
    "phase": "login",
    "advice": "Send new credentials.",
}


def fill(conn: Connection, number: int) -> None:
    """Store accounts `a00001` and so on: every tenth at Gmail, every hundredth refused."""
    numbers = range(1, number + 1)
    conn.execute(sa.insert(accounts), [_row(n) for n in numbers])
    settings = [{"account_key": n, "document": _document(n), "metadata": {"tenant": str(n % 50)}} for n in numbers]
    conn.execute(sa.insert(account_settings), settings)
    status = [{"account_key": n, "last_error": REFUSED if n % 100 == 0 else None} for n in numbers]
    conn.execute(sa.insert(account_status), status)
    pairs = [{"account_key": n, "name": "tenant", "value": str(n % 50)} for n in numbers]
    conn.execute(sa.insert(account_metadata), pairs)
    lines = [{"account_key": n, "at": NOW, "state": _state(n), "cause": "filled"} for n in numbers]
    conn.execute(sa.insert(timeline), lines)
    conn.execute(sa.text("ANALYZE"))


def _row(n: int) -> dict[str, Any]:
    account, name, email = f"a{n:05}", f"Person {n}", f"person{n}@example.test"
    return {
        "key": n,
        "account": account,
        "name": name,
        "email": email,
        "search": search_text(account, name, email),
        "type": "imap",
        "host": _host(n),
        "created_at": NOW,
        "state": _state(n),
        "state_since": NOW - n,
        "failures": 3 if n % 100 == 0 else 0,
        "next_attempt": NOW if n % 100 == 0 else None,
    }


def _state(n: int) -> str:
    return "authenticationError" if n % 100 == 0 else "connected"


def _host(n: int) -> str:
    return "imap.gmail.com" if n % 10 == 0 else "imap.example.com"


def _document(n: int) -> Any:
    return {"imap": {"host": _host(n), "port": 993, "auth": {"user": f"person{n}"}}}
