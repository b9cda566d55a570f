"""What is wrong with a request, in words for people."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import pytest
from pydantic import Field, TypeAdapter, ValidationError

from postroom.schemas.checking.known_fields import FieldNames, known_fields
from postroom.schemas.checking.problems import describe
from postroom.schemas.requests.accounts import NewAccount
from tests.api.conftest import IMAP, Client

APP = {"name": "G", "provider": "gmail", "clientId": "c", "clientSecret": "s"}


def described(kind: Any, sent: object, names: FieldNames | None = None) -> dict[str, str]:
    """Return the problems of a value by field."""
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(sent)
    found = refused.value.errors(include_url=False, include_input=False)
    return {problem.key: problem.message for problem in describe(found, "body", names or {})}


@pytest.mark.parametrize(
    ("kind", "sent", "words"),
    [
        (str, 5, "must be a string"),
        (dict[str, int], [], "must be an object"),
        (list[int], {}, "must be an array"),
        (int, "x", "must be a number"),
        (int, None, "must be a number"),
        (int, 1.5, "must be a whole number"),
        (int, "9" * 5000, "must be a smaller number"),
        (bool, "maybe", "must be true or false"),
        (bool, 7, "must be true or false"),
        (Annotated[str, Field(min_length=1)], "", "must not be empty"),
        (Annotated[str, Field(max_length=3)], "sesame", "must not be longer than 3 characters"),
        (Annotated[list[int], Field(max_length=2)], [1, 2, 3], "must not hold more than 2 items"),
        (Annotated[list[int], Field(min_length=1)], [], "must hold at least 1 item"),
        (Annotated[int, Field(ge=1)], 0, "must be greater than or equal to 1"),
        (Annotated[int, Field(le=9)], 10, "must be less than or equal to 9"),
        (Annotated[str, Field(pattern="^[a-z]+$")], "A", "must fit the pattern ^[a-z]+$"),
        (complex, "sesame", "is not valid"),
    ],
)
def test_each_kind_of_problem_has_its_words(kind: Any, sent: object, words: str) -> None:
    assert described(kind, sent) == {"body": f'"body" {words}'}


def test_a_field_is_named_by_its_path() -> None:
    assert described(dict[str, list[int]], {"a": [1, "x"]}) == {"a.1": '"a.1" must be a number'}


def test_an_unknown_field_names_those_it_may_have_been() -> None:
    sent = {"account": "a", "name": "A", "host": "h", "imap": {"user": "u"}, "bogus": 1}
    assert described(NewAccount, sent, known_fields(NewAccount)) == {
        "host": '"host" is not allowed: did you mean `imap.host` or `smtp.host`?',
        "imap.user": '"imap.user" is not allowed: did you mean `imap.auth.user`?',
        "bogus": '"bogus" is not allowed',
    }


def test_the_name_of_a_pair_is_no_step_of_the_path() -> None:
    assert described(dict[Annotated[str, Field(max_length=3)], int], {"long": 1}) == {
        "long": '"long" must not be longer than 3 characters'
    }


def test_nothing_to_tell_is_nothing() -> None:
    assert describe([], "body", {}) == []


async def test_a_field_without_a_name_is_told_as_one(client: Client) -> None:
    problems = await client.problems("POST", "/v1/account", {"": 1, "[key]": 2})
    assert {"(a field without a name)", "[key]"} < problems.keys()
    problems = await client.problems("POST", "/v1/account", {"metadata": {"": "x"}})
    assert problems["metadata."] == '"metadata." must not be empty'


async def test_a_body_with_very_many_faults_is_answered_at_once(client: Client) -> None:
    body = {"account": "a", "name": "A", "imap": {f"hosx{number}": 1 for number in range(20_000)}}
    async with asyncio.timeout(20):
        problems = await client.problems("POST", "/v1/account", body)
    assert problems["body"] == '"body" has 19900 more faults than are told here'
    assert {"imap.hosx0", "imap.hosx99"} < problems.keys()
    assert len(problems) < 110


async def test_very_long_names_are_compared_with_nothing(client: Client) -> None:
    body = {"account": "a", "name": "A", **{f"{'k' * 90_000}{number}": 1 for number in range(10)}}
    async with asyncio.timeout(20):
        problems = await client.problems("POST", "/v1/account", body)
    assert "imap" in problems


async def test_a_pattern_is_told(client: Client) -> None:
    problems = await client.problems("POST", "/v1/oauth2", {**APP, "extraScopes": ["a b"]})
    assert problems["extraScopes.0"].startswith('"extraScopes.0" must fit the pattern ^')


async def test_a_name_that_is_hardly_one_is_cut(client: Client) -> None:
    (key,) = await client.problems("POST", "/v1/account", {"account": "a", "name": "A", "imap": IMAP, "x" * 500: 1})
    assert len(key) == 65
