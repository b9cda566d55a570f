"""House rule: only stores build queries. All other modules use connections and results."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.house.modules import Module, product_modules, sample

# These names of SQLAlchemy are connections, rows, conditions made by a store, or errors. They build no query.
NO_QUERY = {"Row", "RowMapping", "ColumnElement", "Engine", "exc"}
# The tables, and the functions that write statements on them.
TABLES = (
    "postroom.storage.tables",
    "postroom.storage.schema.counting",
    "postroom.storage.schema.bulk",
    "postroom.storage.schema.admins",
    "postroom.storage.schema.sending",
    "postroom.storage.schema.protocol_logs",
    "postroom.storage.schema.tries",
    "postroom.storage.schema.moves",
    "postroom.storage.upsert",
)


def is_store(module: Module) -> bool:
    """Whether this module may build queries."""
    last = module.name.rpartition(".")[2]
    return last == "store" or last.endswith("_store") or module.is_in("postroom.storage")


def queries(module: Module) -> Iterator[str]:
    """The names in a module outside stores that build queries, or could."""
    if is_store(module):
        return
    for name, line in module.imports():
        library, _, part = name.partition(".")
        builds = library == "sqlalchemy" and bool(part) and part.partition(".")[0] not in NO_QUERY
        if builds or Module(name, "", "").is_in(*TABLES):
            yield f"{module.path}:{line}: imports {name}"
    yield from _attributes(module)


def _attributes(module: Module) -> Iterator[str]:
    aliases = {
        alias.asname or alias.name
        for node in module.nodes
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name == "sqlalchemy"
    }
    for node in module.nodes if aliases else ():
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in aliases:
                if attribute not in NO_QUERY:
                    yield f"{module.path}:{node.lineno}: uses {name}.{attribute}"


def test_queries_are_built_in_stores_only() -> None:
    assert [problem for module in product_modules() for problem in queries(module)] == []


@pytest.mark.parametrize(
    "text",
    [
        "from sqlalchemy import select",
        "from sqlalchemy import text",
        "from sqlalchemy.sql import func",
        "from sqlalchemy.dialects.sqlite import insert",
        "import sqlalchemy as sa\nq = sa.select(1)",
        "import sqlalchemy as sa\nq = sa.text('SELECT 1')",
        "import sqlalchemy\nq = sqlalchemy.update",
        "import sqlalchemy as sa\ndef f(q: sa.Select[int]) -> None: ...",
        "from postroom.storage.tables import accounts",
        "from postroom.storage import tables",
        "from postroom.storage.upsert import insert_into",
    ],
)
def test_queries_are_caught(text: str) -> None:
    assert len(list(queries(sample(text, "postroom.accounts.service")))) == 1
    assert list(queries(sample(text, "postroom.accounts.store"))) == []
    assert list(queries(sample(text, "postroom.accounts.journal_store"))) == []
    assert list(queries(sample(text, "postroom.storage.engines.sqlite"))) == []
    assert len(list(queries(sample(text, "postroom.accounts.storehouse")))) == 1


def test_connections_and_rows_may_be_named() -> None:
    text = "import sqlalchemy as sa\ndef f(which: sa.ColumnElement[bool]) -> sa.Row[int]: ..."
    assert list(queries(sample(text, "postroom.accounts.service"))) == []
    text = "import sqlalchemy as sa\ntry: ...\nexcept sa.exc.IntegrityError: ..."
    assert list(queries(sample(text, "postroom.accounts.service"))) == []
