"""House rule: the name of a class means one thing in the whole house.

The names in `schemas` are the public names of the OpenAPI document, from which clients are generated. They must differ
only from each other: the schema of a token has the name of the token. So must the names in `client`, which programs of
others import.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable

import pytest

from tests.house.modules import Module, product_modules, sample

PUBLIC = ("postroom.schemas", "postroom.client")
EXCEPTIONS: dict[str, str] = {}
"""Name: why it may be defined twice."""


def defined_twice(modules: Iterable[Module]) -> dict[str, list[str]]:
    """The names of classes that several modules define, with these modules; private ones may repeat."""
    found: dict[str, list[str]] = defaultdict(list)
    for module in modules:
        for node in module.tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(module.name)
    return {name: where for name, where in found.items() if len(where) > 1}


def test_a_class_name_means_one_thing() -> None:
    rooms = [module for module in product_modules() if not module.is_in(*PUBLIC)]
    twice = defined_twice(rooms)
    assert {name: where for name, where in twice.items() if name not in EXCEPTIONS} == {}
    assert set(EXCEPTIONS) <= set(twice), "these are needed no more"


@pytest.mark.parametrize("package", PUBLIC)
def test_a_public_name_means_one_thing(package: str) -> None:
    assert defined_twice(module for module in product_modules() if module.is_in(package)) == {}


def test_a_name_that_means_two_things_is_found() -> None:
    one, two = sample("class Trial: ...\nclass _Own: ...", "one"), sample("class Trial: ...\nclass _Own: ...", "two")
    assert defined_twice([one, two]) == {"Trial": ["one", "two"]}
