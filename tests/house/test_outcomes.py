"""House rule: code never takes an unknown outcome for "not stored", and an error stays recognisable on its way."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.house.modules import Module, dotted, product_modules, sample

# Code that catches only StorageUnavailable lets OutcomeUnknown pass, and must do so on purpose.
MAY_RELY_ON_NOTHING_STORED = {
    "postroom.storage.outage": "what was not stored is tried again; what may have been stored is not",
}
# The errors of these rooms become answers. There, any error in a group would look like an error of ours.
ANSWERING = (
    "postroom.api",
    "postroom.web",
    "postroom.streaming",
    "postroom.onboarding",
    "postroom.accounts",
    "postroom.credentials",
    "postroom.mailboxes",
)
MAY_HAVE_A_GROUP = {
    "postroom.streaming.event_stream": "nothing comes out of its tasks: the answer has begun already",
    "postroom.web.dashboard.growing": "nothing comes out of its tasks: the page has begun already",
    "postroom.onboarding.autoconfig.search": "its tasks answer None for whatever fails",
    "postroom.credentials.access_tokens": "it takes the one error out of the group again",
}


def half_handlers(module: Module) -> Iterator[str]:
    """Handlers of StorageUnavailable, including `suppress`, that do not decide about OutcomeUnknown."""
    for node in module.nodes:
        caught: list[ast.expr] = []
        if isinstance(node, ast.Try):
            caught = [kind for handler in node.handlers if handler.type for kind in _kinds(handler.type)]
        elif isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == "suppress":
            caught = node.args
        else:
            continue
        names = {dotted(kind).rpartition(".")[2] for kind in caught}
        if "StorageUnavailable" in names and not names & {"OutcomeUnknown", "StorageFailed"}:
            yield f"{module.path}:{node.lineno}: StorageUnavailable without OutcomeUnknown; StorageFailed is both"


def _kinds(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]


def groups(module: Module) -> Iterator[str]:
    """Uses of a TaskGroup, which wraps the errors of its tasks."""
    for node in module.nodes:
        if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == "TaskGroup":
            yield f"{module.path}:{node.lineno}: a TaskGroup wraps errors; `postroom.tasks.together` does not"


def test_what_may_have_been_stored_is_not_forgotten() -> None:
    modules = [module for module in product_modules() if not module.is_in(*MAY_RELY_ON_NOTHING_STORED)]
    assert [problem for module in modules for problem in half_handlers(module)] == []


def test_errors_that_become_answers_are_not_wrapped() -> None:
    modules = [each for each in product_modules() if each.is_in(*ANSWERING) and not each.is_in(*MAY_HAVE_A_GROUP)]
    assert [problem for module in modules for problem in groups(module)] == []


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    x()\nexcept StorageUnavailable:\n    pass",
        "try:\n    x()\nexcept (errors.StorageUnavailable, TimeoutError):\n    pass",
        "with suppress(StorageUnavailable):\n    x()",
    ],
)
def test_half_handlers_are_caught(text: str) -> None:
    assert len(list(half_handlers(sample(text)))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    x()\nexcept OutcomeUnknown:\n    raise\nexcept StorageUnavailable:\n    pass",
        "try:\n    x()\nexcept StorageFailed:\n    pass",
    ],
)
def test_whole_handlers_are_left_alone(text: str) -> None:
    assert list(half_handlers(sample(text))) == []


def test_groups_are_caught() -> None:
    assert len(list(groups(sample("async def f():\n    async with asyncio.TaskGroup() as group:\n        pass")))) == 1


def test_every_exemption_is_still_needed() -> None:
    modules = {module.name: module for module in product_modules()}
    assert all(list(half_handlers(modules[name])) for name in MAY_RELY_ON_NOTHING_STORED)
    assert all(list(groups(modules[name])) for name in MAY_HAVE_A_GROUP)
