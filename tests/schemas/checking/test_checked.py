"""A value is checked against its type, and every problem is named without the value."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ConfigDict
from typing_extensions import TypedDict

from postroom.connections.hosts.addresses import AddressPolicy
from postroom.schemas.checking.checked import checked, context_of
from postroom.schemas.checking.problems import FaultyField
from postroom.schemas.fields import POLICY, WEBHOOK_POLICY
from postroom.settings import Settings


class Wish(BaseModel):
    """A query."""

    model_config = ConfigDict(extra="forbid")
    limit: int = 5


class Body(TypedDict):
    """A body with two fields."""

    name: str
    size: int


def test_a_valid_value_has_no_problems() -> None:
    problems: list[FaultyField] = []
    assert checked(Body, {"name": "a", "size": 3}, problems) == {"name": "a", "size": 3}
    assert checked(Wish, {"limit": "7"}, problems) == Wish(limit=7)
    assert problems == []


def test_all_problems_are_named_without_the_value() -> None:
    problems: list[FaultyField] = []
    assert checked(Body, {"name": 5, "size": "secret"}, problems) is None
    assert [problem.key for problem in problems] == ["name", "size"]
    assert "secret" not in str(problems)


def test_what_was_sent_has_a_name() -> None:
    problems: list[FaultyField] = []
    assert checked(Wish, {"limits": "7"}, problems, whole="query") is None
    assert checked(Wish, "text", problems, whole="query") is None
    assert problems[0].message == '"limits" is not allowed: did you mean `limit`?'
    assert problems[1].key == "query"


@pytest.mark.parametrize("is_open", [True, False])
def test_validators_know_which_addresses_may_be_used(is_open: bool) -> None:
    context = context_of(Settings(host_policy="public", webhook_private_addresses=is_open))
    assert context[POLICY] is AddressPolicy.PUBLIC
    assert context[WEBHOOK_POLICY] is (AddressPolicy.ANY if is_open else AddressPolicy.PUBLIC)
