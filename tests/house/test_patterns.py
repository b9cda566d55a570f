"""Patterns that Python 3.11.0 to 3.11.4 would match wrongly: groups repeated possessively (CPython issue 106052)."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from re import _constants, _parser
from typing import Any

import pytest

import postroom

ONE = {_constants.LITERAL, _constants.NOT_LITERAL, _constants.IN, _constants.ANY}
REPEATS = {_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT}
ASSERTIONS = {_constants.ASSERT, _constants.ASSERT_NOT}
Items = list[tuple[Any, Any]]
# `(?!)`, as different versions of Python read it.
NOTHING = (["(ASSERT_NOT, (1, []))"], ["(FAILURE, ())"])


def test_no_group_that_is_repeated_possessively_can_fail_half_way() -> None:
    """Such a group leaves the place of its last, failed turn behind. `|(?!)` as its last branch puts the place back."""
    patterns = dict(patterns_of_postroom())
    assert len(patterns) > 200
    assert [(name, pattern.pattern) for name, pattern in patterns.items() if wrong(pattern)] == []


@pytest.mark.parametrize(
    ("pattern", "is_wrong"),
    [
        (r"[^a]*+", False),
        (r"(?:ab?c)*+", True),
        (r"(?:ab?c|(?!))*+", False),
        (r"(?:ab?c)*", False),
        (r"(?:a|b|\\.)++", False),
        (r"x(?:\?(?!=)[^?]*+){0,4}+", True),
        (r"(?>(?:ab?c)?)", False),
        (r"(?:(?:ab?c)?+x)?", True),
        (r"(?:=\s*+(?:'[^']*+')?)*+", False),
        (r"(?:'[^']*+'|x)?+", True),
    ],
)
def test_what_is_wrong(pattern: str, is_wrong: bool) -> None:
    assert wrong(re.compile(pattern)) is is_wrong


def patterns_of_postroom() -> Iterator[tuple[str, re.Pattern[Any]]]:
    for module in pkgutil.walk_packages(postroom.__path__, "postroom."):
        if "__main__" in module.name or ".versions" in module.name:
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            for number, pattern in enumerate(patterns_in(value)):
                yield f"{module.name}.{name}[{number}]", pattern


def patterns_in(value: object) -> Iterator[re.Pattern[Any]]:
    """The patterns in a value of a module, and its texts that look like one."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from patterns_in(each)
    elif isinstance(value, str | bytes) and re.search(
        "[*+?}]\\+", value if isinstance(value, str) else value.decode("latin1")
    ):
        try:
            yield re.compile(value)
        except re.error:
            return


def wrong(pattern: re.Pattern[Any]) -> bool:
    flags = pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags
    return any(fails_half_way(body) for body in possessive(list(_parser.parse(pattern.pattern, flags))))


def possessive(items: Items) -> Iterator[Items]:
    """The groups of a parsed pattern that are repeated possessively; Python has code of its own for one character."""
    for op, argument in items:
        bodies: list[Any] = []
        if op in REPEATS:
            bodies = [argument[2]]
        elif op is _constants.SUBPATTERN:
            bodies = [argument[3]]
        elif op is _constants.BRANCH:
            bodies = argument[1]
        elif op in ASSERTIONS:
            bodies = [argument[1]]
        elif op is _constants.ATOMIC_GROUP:
            bodies = [argument]
        for body in bodies:
            if op is _constants.POSSESSIVE_REPEAT and not (len(body) == 1 and body[0][0] in ONE):
                yield list(body)
            yield from possessive(list(body))


def fails_half_way(items: Items, *, has_moved: bool = False) -> bool:
    """Whether the items can fail after Python has noted a place behind their beginning."""
    for at, (op, argument) in enumerate(items):
        rest = items[at + 1 :]
        if op in ONE:
            has_moved = True
        elif op is _constants.SUBPATTERN:
            return fails_half_way([*argument[3], *rest], has_moved=has_moved)
        elif op is _constants.BRANCH:
            branches = [list(each) for each in argument[1]]
            puts_back = not has_moved and list(map(str, branches[-1])) in NOTHING
            return not puts_back and (
                has_moved or any(fails_half_way([*each, *rest], has_moved=False) for each in branches)
            )
        elif op in REPEATS:
            if any(can_fail(each) for each in rest):
                return True
            return argument[0] > 0 and (has_moved or fails_half_way(list(argument[2])))
        elif op is not _constants.AT:
            return True
    return False


def can_fail(item: tuple[Any, Any]) -> bool:
    op, argument = item
    if op in REPEATS:
        return argument[0] > 0 and any(can_fail(each) for each in argument[2])
    if op is _constants.SUBPATTERN:
        return any(can_fail(each) for each in argument[3])
    return True
