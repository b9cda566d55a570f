"""The modules of the project as the house rules see them: name, text and syntax tree."""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).parents[2]
SOURCE = PROJECT / "src"


@dataclass(frozen=True)
class Module:
    """One Python file. `name` is dotted; `postroom.imap` is the name of its `__init__.py`."""

    name: str
    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return _parse(self.text)

    @property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the tree, in the order of `ast.walk`."""
        return _nodes(self.text)

    @property
    def lines(self) -> int:
        """How many lines the file has."""
        return len(self.text.splitlines())

    def is_in(self, *rooms: str) -> bool:
        """Whether this is one of these modules, or inside one of these packages."""
        return any(self.name == room or self.name.startswith(f"{room}.") for room in rooms)

    def imports(self) -> Iterator[tuple[str, int]]:
        """(dotted name, line) of everything imported, anywhere in the file; `from a import b` gives `a.b`."""
        yield from _imports(self.text)


# Every rule checks every module, so each module is parsed and walked only once. The trees stay, and the collector would
# look at all of them again and again while they grow: that took longer than parsing.
@cache
def _parse(text: str) -> ast.Module:
    collects = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(text)
    finally:
        if collects:
            gc.enable()


@cache
def _nodes(text: str) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(_parse(text)))


@cache
def _imports(text: str) -> tuple[tuple[str, int], ...]:
    found: list[tuple[str, int]] = []
    for node in _nodes(text):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            home = f"{'.' * node.level}{node.module or ''}"
            found += [(f"{home}.{alias.name}", node.lineno) for alias in node.names]
    return tuple(found)


def _module(path: Path, root: Path) -> Module:
    parts = path.relative_to(root).with_suffix("").parts
    dotted = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return Module(dotted, str(path.relative_to(PROJECT)), path.read_text(encoding="utf-8"))


@cache
def product_modules() -> tuple[Module, ...]:
    """Every module of the product."""
    return tuple(_module(path, SOURCE) for path in sorted(SOURCE.rglob("*.py")))


@cache
def all_modules() -> tuple[Module, ...]:
    """Every module of the product, its tests, its benchmarks, its pictures and its manual."""
    others = [
        path for folder in ("tests", "bench", "pictures", "manual") for path in sorted((PROJECT / folder).rglob("*.py"))
    ]
    return (*product_modules(), *(_module(path, PROJECT) for path in others))


def sample(text: str, name: str = "postroom.sample") -> Module:
    """A made-up module that shows that a rule catches it."""
    return Module(name, f"{name}.py", text)


def dotted(node: ast.expr) -> str:
    """`a.b.c` for a chain of names; calls in it count as their function; empty for anything else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            return f"{dotted(value)}.{name}"
        case ast.Call(func=function):
            return dotted(function)
        case _:
            return ""
