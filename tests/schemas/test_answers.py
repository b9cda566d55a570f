"""The shapes of answers, all of them: each has a name, a sentence and a schema, and is used."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import TypeAdapter
from typing_extensions import get_original_bases, is_typeddict

from postroom.accounts.lifecycle import Health, State
from postroom.api.reference.answers import DOCUMENTED
from postroom.api.routes.table import ROUTES
from postroom.cluster.node import Node
from postroom.oauth2.model import App
from postroom.schemas import answers
from postroom.schemas.answers.errors import Error
from postroom.schemas.answers.oauth2 import App as ShownApp
from postroom.schemas.answers.operation import ClusterNode
from postroom.schemas.showing.nodes import cluster_node
from postroom.schemas.showing.oauth2 import application
from postroom.webhooks.model import SendingState, TargetKind
from tests.api import contract


def shapes() -> Iterator[Any]:
    """Every shape that the package defines."""
    for found in pkgutil.iter_modules(answers.__path__, f"{answers.__name__}."):
        module = importlib.import_module(found.name)
        yield from (each for each in vars(module).values() if is_typeddict(each) and each.__module__ == found.name)


SHAPES = list(shapes())
_IDS = [f"{each.__module__.rpartition('.')[2]}.{each.__name__}" for each in SHAPES]


@pytest.mark.parametrize("shape", SHAPES, ids=_IDS)
def test_a_shape_has_a_sentence_and_a_schema_of_its_own(shape: Any) -> None:
    # One has a field that is a word of Python's, so it is written as a call, which takes no sentence.
    sentence = shape.__doc__ or ("A verdict." if shape.__name__ == "Verdict" else "")
    assert sentence.endswith(".")
    schema = TypeAdapter(shape).json_schema()
    assert set(schema["properties"]) == shape.__required_keys__ | shape.__optional_keys__


def test_every_shape_is_part_of_some_answer() -> None:
    described = contract.document()["components"]["schemas"]
    parts = {part.__name__ for each in SHAPES for part in get_original_bases(each)}
    assert [each.__name__ for each in SHAPES if each.__name__ not in {*described, *parts}] == []


def test_every_route_answers_with_a_shape_or_with_text() -> None:
    bare = {operation for operation, documented in DOCUMENTED.items() if documented.answer in (str, bytes)}
    assert {route.media_type for route in ROUTES if route.operation in bare}.isdisjoint({"application/json"})


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ("State", {state.value for state in State}),
        ("Health", {health.value for health in Health}),
        ("DeliveryState", {state.value for state in SendingState}),
        ("EndpointKind", {kind.value for kind in TargetKind}),
    ],
)
def test_the_words_of_the_product_are_those_of_the_answers(shape: str, words: set[str]) -> None:
    assert set(contract.document()["components"]["schemas"][shape]["enum"]) == words


@pytest.mark.parametrize(
    ("shape", "member", "block"),
    [
        ("Account", "imap", "Imap"),
        ("Account", "smtp", "Smtp"),
        ("Account", "oauth2", "OAuth2"),
        ("Account", "counters", "Counters"),
        ("Token", "restrictions", "Restrictions"),
        ("Token", "permissions", "Permissions"),
        ("Error", "requiredPermission", "RequiredPermission"),
    ],
)
def test_blocks_of_answers_have_a_shape_of_their_own(shape: str, member: str, block: str) -> None:
    described = contract.document()["components"]["schemas"]
    assert described[shape]["properties"][member]["$ref"].rpartition("/")[2] == block
    assert described[block]["properties"]


def test_no_object_of_an_answer_is_loose_unless_its_names_are_free() -> None:
    free = {("LoggedEvent", "data"), ("ExaminedStep", "details")}
    loose = {
        (name, member)
        for name, schema in contract.document()["components"]["schemas"].items()
        for member, field in schema.get("properties", {}).items()
        if field.get("type") == "object" and field.get("additionalProperties", True) is True
    }
    assert loose == free


def test_an_error_has_four_members_in_any_case() -> None:
    assert set(TypeAdapter(Error).json_schema()["required"]) == {"error", "message", "code", "statusCode"}


def test_what_is_shown_fits_the_shape() -> None:
    node = cluster_node(Node("n1", "h", "1.0", 0, 1000, True, None, None, 0, 0, 5))
    assert TypeAdapter(ClusterNode).validate_python(node) == node
    app = application(App("mine", "gmail", {"name": "Mine"}, 0, 0, {"clientSecret": "s"}))
    assert TypeAdapter(ShownApp).validate_python(app) == app
