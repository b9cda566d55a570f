"""House rule: value classes of the gateway are made by our decorator, which costs less memory than the standard one."""

from __future__ import annotations

import pytest

from tests.house.modules import Module, product_modules, sample

STANDARD = "dataclasses.dataclass"
# The first is the decorator. Programs elsewhere load the client, and may load nothing else of ours.
EXEMPT = ("postroom.footprint.dataclass", "postroom.client")


def standard_decorators(module: Module) -> list[int]:
    """The lines on which a module imports the standard decorator."""
    if any(module.is_in(exempt) for exempt in EXEMPT):
        return []
    return [line for name, line in module.imports() if name == STANDARD]


@pytest.mark.parametrize("module", product_modules(), ids=lambda module: module.name)
def test_value_classes_use_our_decorator(module: Module) -> None:
    assert not standard_decorators(module), "take it from postroom.footprint.dataclass"


def test_the_rule_sees_the_standard_decorator() -> None:
    assert standard_decorators(sample("from dataclasses import dataclass, field\n")) == [1]
    assert not standard_decorators(sample("from dataclasses import field\n"))
