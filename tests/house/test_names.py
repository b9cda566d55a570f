"""House rule: a module says what it is for, by its name and by its docstring."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.house.modules import Module, all_modules, product_modules, sample

SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "tools", "misc"}


def unclear(module: Module) -> Iterator[str]:
    parts = set(module.path.removesuffix(".py").split("/"))
    for name in sorted(parts & SAYS_NOTHING):
        yield f"{module.path}: '{name}' does not say what is in it"


def undocumented(module: Module) -> Iterator[str]:
    first_line = (ast.get_docstring(module.tree) or "").partition("\n")[0]
    if not first_line:
        yield f"{module.path}: no docstring that says what the module is for"


def test_names_and_docstrings_say_what_a_module_is_for() -> None:
    assert [problem for module in all_modules() for problem in unclear(module)] == []
    assert [problem for module in product_modules() for problem in undocumented(module)] == []


@pytest.mark.parametrize("name", sorted(SAYS_NOTHING))
def test_unclear_names_are_caught(name: str) -> None:
    assert len(list(unclear(Module("postroom.x", f"src/postroom/{name}.py", "")))) == 1
    assert len(list(unclear(Module("postroom.x", f"src/postroom/{name}/thing.py", "")))) == 1
    assert list(unclear(Module("postroom.x", "src/postroom/based.py", ""))) == []


def test_missing_docstrings_are_caught() -> None:
    assert len(list(undocumented(sample("x = 1\n")))) == 1
    assert list(undocumented(sample('"""Says it."""\n'))) == []
