"""House rule: a module, class or function that grows too long is divided by its tasks."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.house.modules import Module, all_modules, product_modules, sample

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
    for node in module.nodes if not module.is_in(MIGRATIONS) else ():
        if isinstance(node, ast.ClassDef):
            limit = CLASS_LINES
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            limit = FUNCTION_LINES
        else:
            continue
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        if length > limit:
            yield f"{module.path}:{node.lineno}: {node.name} has {length} lines, the limit is {limit}"


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
