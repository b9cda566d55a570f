"""House rule: every task has an owner, and only the loops' owners survive any error."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.house.modules import Module, dotted, product_modules, sample

LOOPS = "postroom.loops"
# Modules outside the rule, each with its reason.
MAY_OWN_A_TASK = {
    "postroom.tasks": "it waits for the task that it makes",
    LOOPS: "it is what supervises loops",
    "postroom.storage.engines.postgres": "its listener and writers live from start() to close(), longer than a caller",
}
MAY_CATCH_EVERYTHING = {
    LOOPS: "a loop outlives any fault of its work",
    "postroom.supervisor.runner": "an account's fault, a bug included, becomes that account's state",
    "postroom.api.pipeline.errors": "any fault becomes an answer without its cause",
    "postroom.web.errors": "any fault becomes a page without its cause",
    "postroom.storage.engines.sqlite": "the writer's thread hands each failure to the caller who waits for it",
    "postroom.storage.engines.postgres.transactions": "any failure of a commit means that its outcome is not known",
    "postroom.storage.engines.postgres.groups": "a writer hands each failure to the caller who waits for it",
}


def ownerless_tasks(module: Module) -> Iterator[str]:
    """`asyncio.create_task`, `asyncio.ensure_future` and the event loop's own; a TaskGroup's create_task is fine."""
    names = {"create_task", "ensure_future"}
    imported = {name.rpartition(".")[2] for name, _ in module.imports() if name.startswith("asyncio.")} & names
    for node in module.nodes:
        if not isinstance(node, ast.Call):
            continue
        *receiver, name = dotted(node.func).split(".")
        by_loop = name in names and receiver and (receiver[-1] == "asyncio" or receiver[-1].endswith("loop"))
        if by_loop or (not receiver and name in imported):
            yield f"{module.path}:{node.lineno}: {name} without a TaskGroup or a supervised loop"


def broad_handlers(module: Module) -> Iterator[str]:
    """Handlers of every exception, except those that clean up and raise it again."""
    for node in module.nodes:
        if isinstance(node, ast.ExceptHandler) and not _raises_again(node):
            types = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            for caught in types:
                name = "everything" if caught is None else dotted(caught)
                if name == "everything" or name.rpartition(".")[2] in {"Exception", "BaseException"}:
                    yield f"{module.path}:{node.lineno}: catches {name}"


def _raises_again(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


@pytest.mark.long
def test_every_task_has_an_owner() -> None:
    modules = [module for module in product_modules() if not module.is_in(*MAY_OWN_A_TASK)]
    assert [problem for module in modules for problem in ownerless_tasks(module)] == []


def test_only_the_loops_owners_catch_everything() -> None:
    modules = [module for module in product_modules() if not module.is_in(*MAY_CATCH_EVERYTHING)]
    assert [problem for module in modules for problem in broad_handlers(module)] == []


@pytest.mark.parametrize(
    "text",
    [
        "import asyncio\nasyncio.create_task(work())",
        "import asyncio\nasyncio.ensure_future(work())",
        "asyncio.get_running_loop().create_task(work())",
        "self._loop.create_task(work())",
        "from asyncio import create_task\ncreate_task(work())",
    ],
)
def test_ownerless_tasks_are_caught(text: str) -> None:
    assert len(list(ownerless_tasks(sample(text)))) == 1


def test_a_task_group_is_an_owner() -> None:
    assert list(ownerless_tasks(sample("group.create_task(work())\nself._group.create_task(work())"))) == []


@pytest.mark.parametrize("caught", ["", "Exception", "BaseException", "(ValueError, Exception)", "builtins.Exception"])
def test_broad_handlers_are_caught(caught: str) -> None:
    assert len(list(broad_handlers(sample(f"try:\n    work()\nexcept {caught}:\n    pass")))) == 1
    assert list(broad_handlers(sample("try:\n    work()\nexcept (ValueError, OSError):\n    pass"))) == []
    assert list(broad_handlers(sample("try:\n    work()\nexcept BaseException:\n    end()\n    raise"))) == []
