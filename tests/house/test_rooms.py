"""House rule: rooms know only the rooms they need. The order of the layers is in `.importlinter`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.house.modules import Module, product_modules, sample

# Who may import a room; everybody else may not.
USERS = {
    "postroom.imap": (
        *("postroom.imap", "postroom.connections", "postroom.mail", "postroom.sessions"),
        *("postroom.sync", "postroom.mailboxes"),
    ),
    "postroom.mail.mime": ("postroom.mail", "postroom.imap", "postroom.submission"),
    "postroom.supervisor": ("postroom.supervisor", "postroom.composition"),
    "postroom.api": ("postroom.api", "postroom.app", "postroom.composition", "postroom.cli"),
    "postroom.web": ("postroom.web", "postroom.composition"),
    "postroom.cli": ("postroom.cli", "postroom.__main__"),
}
SQL_IS_WRITTEN_IN = ("postroom.storage",)


def uninvited(module: Module) -> Iterator[str]:
    for name, line in module.imports():
        for room, users in USERS.items():
            if Module(name, "", "").is_in(room) and not module.is_in(*users):
                yield f"{module.path}:{line}: imports {name}; only {', '.join(users)} may"


def sql_text(module: Module) -> Iterator[str]:
    """Hand-written SQL, `sqlalchemy.text`, outside a room's store.py and storage."""
    if module.is_in(*SQL_IS_WRITTEN_IN) or module.name.endswith(".store"):
        return
    for name, line in module.imports():
        if name in {"sqlalchemy.text", "sqlalchemy.sql.text"}:
            yield f"{module.path}:{line}: imports {name}"
    for number, line_text in enumerate(module.text.splitlines(), start=1):
        if "sa.text(" in line_text or "sqlalchemy.text(" in line_text:
            yield f"{module.path}:{number}: writes SQL"


def test_rooms_are_entered_only_by_those_who_may() -> None:
    assert [problem for module in product_modules() for problem in uninvited(module)] == []


def test_sql_is_written_in_stores_only() -> None:
    assert [problem for module in product_modules() for problem in sql_text(module)] == []


@pytest.mark.parametrize(
    "name", ["postroom.api.handlers.accounts", "postroom.web.sign_in.pages", "postroom.accounts.service"]
)
def test_uninvited_imports_are_caught(name: str) -> None:
    text = "from postroom.imap.wire import Framer\nimport postroom.supervisor.runner\nfrom postroom import imap"
    assert len(list(uninvited(sample(text, name)))) == 3
    assert list(uninvited(sample("from postroom.imap import wire", "postroom.sync.account.engine"))) == []


@pytest.mark.parametrize("text", ["from sqlalchemy import text", "import sqlalchemy as sa\nsa.text('SELECT 1')"])
def test_sql_is_caught(text: str) -> None:
    assert len(list(sql_text(sample(text, "postroom.accounts.service")))) == 1
    assert list(sql_text(sample(text, "postroom.accounts.store"))) == []
    assert list(sql_text(sample(text, "postroom.storage.engines.sqlite"))) == []
