"""House rule: a module, class or function that grows too long is divided by its tasks."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeAlias

from tests.house.modules import Module, all_modules, product_modules, sample

Definition: TypeAlias = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef

MODULE_LINES = 400
TEST_MODULE_LINES = 600
CLASS_LINES = 300
FUNCTION_LINES = 60
# A migration is one long list of columns, and is never edited after its release.
MIGRATIONS = "postroom.storage.migrations.versions"


def too_long(module: Module) -> Iterator[str]:
    is_test = module.path.rpartition("/")[2].startswith("test_")
    limit = TEST_MODULE_LINES if is_test else MODULE_LINES
    if module.lines > limit:
        yield f"{module.path}: {module.lines} lines, the limit is {limit}"
    # In a short module nothing is too long, so it need not be parsed.
    if module.lines <= FUNCTION_LINES or module.is_in(MIGRATIONS):
        return
    for node in definitions(module.tree):
        limit = CLASS_LINES if isinstance(node, ast.ClassDef) else FUNCTION_LINES
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        if length > limit:
            yield f"{module.path}:{node.lineno}: {node.name} has {length} lines, the limit is {limit}"


def definitions(tree: ast.AST) -> Iterator[Definition]:
    """Every class and function, however deep. Statements alone are looked into: no expression holds one."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Definition):
            yield node
        if isinstance(node, ast.stmt | ast.excepthandler | ast.match_case):
            yield from definitions(node)


def test_nothing_is_too_long() -> None:
    assert [problem for module in all_modules() for problem in too_long(module)] == []


def test_the_product_is_looked_at() -> None:
    assert {"postroom.errors", "postroom.settings", "postroom.imap"} <= {module.name for module in product_modules()}


def test_long_ones_are_caught() -> None:
    body = "    x = 1\n"
    assert list(too_long(sample("def f():\n" + body * 59))) == []
    assert len(list(too_long(sample("def f():\n" + body * 60)))) == 1
    assert len(list(too_long(sample("async def f():\n" + body * 60)))) == 1
    assert len(list(too_long(sample("class C:\n" + body * 300)))) == 1
    assert len(list(too_long(sample("x = 1\n" * 401)))) == 1
    deep = (
        "if x:\n try:\n  pass\n except E:\n  match x:\n   case 1:\n    class C:\n     def f():\n" + "      x = 1\n" * 60
    )
    assert len(list(too_long(sample(deep)))) == 1
