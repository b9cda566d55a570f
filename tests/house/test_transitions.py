"""House rule: a runner reports every trigger in the table of states, somewhere in the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from postroom.accounts.lifecycle import TRANSITIONS, Trigger
from tests.house.modules import Module, dotted, product_modules, sample

TABLE = "postroom.accounts.lifecycle"
# The functions that pass a trigger to the journal, directly or through each other.
REPORTING = {"Report", "_report", "_report_failure", "_rest"}


def reported(module: Module) -> Iterator[str]:
    """The names of the triggers given to a report, directly or through a variable."""
    named: dict[str, set[str]] = {}
    for node in module.nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                named.setdefault(dotted(target), set()).update(_triggers(node.value))
    for node in module.nodes:
        if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in REPORTING:
            for given in (*node.args[:1], *(each.value for each in node.keywords if each.arg == "trigger")):
                yield from _triggers(given) | named.get(dotted(given), set())


def _triggers(node: ast.expr) -> set[str]:
    chains = [dotted(each) for each in ast.walk(node) if isinstance(each, ast.Attribute)]
    return {chain.removeprefix("Trigger.") for chain in chains if chain.startswith("Trigger.")}


def test_every_trigger_of_the_table_is_reported() -> None:
    modules = [module for module in product_modules() if not module.is_in(TABLE)]
    found = {name for module in modules for name in reported(module)}
    assert found == {trigger.name for trigger in Trigger} == {trigger.name for trigger in TRANSITIONS}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("self._report(Trigger.ATTEMPT, 'why')", {"ATTEMPT"}),
        ("Report(trigger=Trigger.FLUSH, at=1)", {"FLUSH"}),
        (
            "which = Trigger.DROPPED if live else Trigger.FAILED\nself._report_failure(which)",
            {"DROPPED", "FAILED"},
        ),
        ("if trigger is Trigger.SYNCED:\n    pass", set()),
        ("unused = Trigger.SYNCED", set()),
        ("self._note(Trigger.SYNCED)", set()),
    ],
)
def test_only_what_is_reported_counts(text: str, names: set[str]) -> None:
    assert set(reported(sample(text))) == names
