"""House rule: a migration only adds, so that the previous version still runs; one that removes declares `needs`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from postroom.storage.migrate import FOLDER

FILES = sorted((FOLDER / "versions").glob("[0-9]*.py"))
ADDING = {"create_table", "create_index", "add_column", "batch_alter_table", "f"}


def subtractions(text: str) -> Iterator[str]:
    """What `upgrade` does that a version without it may not tolerate. Any unknown operation counts."""
    tree = ast.parse(text)
    if any(isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "needs" for node in tree.body):
        return
    made = {call.args[0].value for call in _calls(tree, "create_table") if isinstance(call.args[0], ast.Constant)}
    for call in _calls(tree):
        assert isinstance(call.func, ast.Attribute)
        name = call.func.attr
        if isinstance(call.func.value, ast.Name) and call.func.value.id in {"op", "batch_op"} and name not in ADDING:
            yield f"line {call.lineno}: {name}"
        if name == "add_column" and _is_demanding(call):
            yield f"line {call.lineno}: a column that must have a value, without a default"
        if name == "create_index" and _is_unique(call) and _table(call) not in made:
            yield f"line {call.lineno}: a unique index on a table that is there"


def _calls(tree: ast.AST, name: str | None = None) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and name in {None, node.func.attr}:
            yield node


def _is_demanding(call: ast.Call) -> bool:
    given = {word.arg: word.value for column in _calls(call, "Column") for word in column.keywords}
    nullable = given.get("nullable")
    return isinstance(nullable, ast.Constant) and nullable.value is False and "server_default" not in given


def _is_unique(call: ast.Call) -> bool:
    return any(
        word.arg == "unique" and not (isinstance(word.value, ast.Constant) and word.value.value is False)
        for word in call.keywords
    )


def _table(call: ast.Call) -> object:
    return call.args[1].value if len(call.args) > 1 and isinstance(call.args[1], ast.Constant) else None


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_migration_only_adds(path: object) -> None:
    assert list(subtractions(path.read_text(encoding="utf-8"))) == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "line",
    [
        "op.drop_column('a', 'b')",
        "op.rename_table('a', 'b')",
        "op.alter_column('a', 'b', nullable=False)",
        "op.execute('UPDATE a')",
        "batch_op.drop_index('a')",
        "op.add_column('a', sa.Column('b', sa.Text(), nullable=False))",
        "op.create_index('i', 'a', ['b'], unique=True)",
    ],
)
def test_what_takes_away_is_caught(line: str) -> None:
    text = f"def upgrade():\n    {line}\n"
    assert len(list(subtractions(text))) == 1
    assert list(subtractions("needs = '0007'\n" + text)) == []
