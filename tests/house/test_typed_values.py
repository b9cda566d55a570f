"""House rule: values have types. `dict[str, Any]` is for parsing and storage, and its count only goes down."""

from __future__ import annotations

import ast

import pytest

from tests.house.modules import Module, product_modules, sample

# Lower it when the count goes down; it is never raised.
MOST_UNTYPED = 11


def untyped(module: Module) -> int:
    """The number of `dict[str, Any]` in a module."""
    return sum(_is_untyped(node) for node in module.nodes)


def _is_untyped(node: ast.AST) -> bool:
    match node:
        case ast.Subscript(
            value=ast.Name(id="dict"),
            slice=ast.Tuple(elts=[ast.Name(id="str"), ast.Name(id="Any")]),
        ):
            return True
    return False


def test_there_are_no_more_untyped_dicts_than_there_were() -> None:
    count = sum(untyped(module) for module in product_modules())
    assert count <= MOST_UNTYPED, f"{count} in src: give the new ones a type"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("x: dict[str, Any] = {}", 1),
        ("def f(a: dict[str, Any]) -> dict[str, Any]: ...", 2),
        ("def f(a: dict[str, Any] | None) -> list[dict[str, Any]]: ...", 2),
        ("x: dict[str, str] = {}\ny: dict[int, Any] = {}", 0),
        ("# dict[str, Any]\nx = 1", 0),
    ],
)
def test_untyped_dicts_are_counted(text: str, count: int) -> None:
    assert untyped(sample(text)) == count
