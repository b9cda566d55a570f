"""The form of an operation has its parameters and examples, and becomes the call that was meant."""

from __future__ import annotations

import json
from functools import cache
from typing import cast

import pytest

from postroom.schemas.reference.fields import Fields
from postroom.schemas.reference.operations import ShownOperation, groups_of
from postroom.schemas.reference.shapes import OpenApiDocument, OperationObject
from postroom.web.dashboard.inputs.made import FormInput, InputKind
from postroom.web.dashboard.reference.asked import AskedCall, asked_call, asks_first, inputs_of, never_ends
from tests.api import contract


@cache
def shown_operations() -> dict[str, ShownOperation]:
    return {
        each.id: each for group in groups_of(cast("OpenApiDocument", contract.document())) for each in group.operations
    }


def operation(name: str) -> tuple[ShownOperation, OperationObject]:
    shown = shown_operations()[name]
    return shown, contract.document()["paths"][shown.path][shown.method.lower()]


def form_of(name: str) -> dict[str, FormInput]:
    fields = Fields(contract.document()["components"]["schemas"])
    return {each.name: each for each in inputs_of(operation(name)[1], fields)}


def asked(name: str, **sent: str) -> tuple[AskedCall, dict[str, str]]:
    shown, described = operation(name)
    return asked_call(
        shown.method, shown.path, described, {key.replace("__", "."): value for key, value in sent.items()}
    )


def test_every_operation_has_a_form() -> None:
    fields = Fields(contract.document()["components"]["schemas"])
    for name in shown_operations():
        inputs = inputs_of(operation(name)[1], fields)
        assert len({one.name for one in inputs}) == len(inputs)
        assert all(one.value for one in inputs if one.required), name


def test_examples_are_filled_in_where_something_must_stand() -> None:
    form = form_of("registerAccount")
    assert json.loads(form["body"].value)["account"]
    assert form["body"].kind is InputKind.CODE
    listed = form_of("listAccounts")
    assert listed["query.page"].value == ""
    assert listed["query.state"].kind is InputKind.CHOICE
    assert form_of("listEvents")["query.type"].kind is InputKind.LINES
    assert form_of("getAccount")["path.account"].value == str(
        contract.document()["paths"]["/v1/account/{account}"]["get"]["parameters"][0]["example"]
    )


def test_what_was_entered_stays_with_its_problem() -> None:
    fields = Fields(contract.document()["components"]["schemas"])
    (found,) = inputs_of(operation("getToken")[1], fields, {"path.id": "mine"}, {"path.id": "no"})
    assert (found.value, found.problem) == ("mine", "no")


def test_the_path_is_escaped_and_the_query_has_what_was_filled_in() -> None:
    call, problems = asked("getAccount", path__account="a/b ü")
    assert (call.method, call.path, problems) == ("GET", "/v1/account/a%2Fb%20%C3%BC", {})
    call, _ = asked("listEvents", query__type="messageNew\r\n\r\nmessageDeleted", query__limit="5")
    assert sorted(call.query.split("&")) == ["limit=5", "type=messageDeleted", "type=messageNew"]


def test_a_body_is_sent_as_it_was_typed_even_when_it_is_no_json() -> None:
    call, _ = asked("registerAccount", body=" {no json ")
    assert call.body == b"{no json"
    assert ("content-type", "application/json") in call.headers
    assert asked("drainNode", path__id="x", body="")[0].headers == ()


def test_what_cannot_be_sent_is_named() -> None:
    assert asked("getAccount")[1].keys() == {"path.account"}
    name = next(each["name"] for each in operation("streamEvents")[1]["parameters"] if each["in"] == "header")
    shown, described = operation("streamEvents")
    for value in ("a\r\nset-cookie: x", "日本"):
        assert asked_call(shown.method, shown.path, described, {f"header.{name}": value})[1].keys() == {
            f"header.{name}"
        }


@pytest.mark.parametrize(
    ("name", "asks"),
    [
        ("deleteAccount", True),
        ("flushAccount", True),
        ("deleteMessages", True),
        ("getAccount", False),
        ("registerAccount", False),
    ],
)
def test_what_removes_something_asks_first(name: str, asks: bool) -> None:
    assert asks_first(operation(name)[0]) is asks


def test_streams_never_end() -> None:
    assert [name for name in shown_operations() if never_ends(operation(name)[1])] == [
        "streamEvents",
        "streamStateChanges",
    ]
