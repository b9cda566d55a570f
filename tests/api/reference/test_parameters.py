"""Parameters in the OpenAPI document say what they mean where they stand, and what must be sent."""

from __future__ import annotations

from typing import Any

from tests.api import contract


def parameters(method: str, path: str) -> dict[str, dict[str, Any]]:
    """The parameters of an operation by name."""
    return {each["name"]: each for each in contract.document()["paths"][path][method]["parameters"]}


def test_an_id_is_described_by_the_noun_it_belongs_to() -> None:
    words = {
        noun: parameters("get" if noun != "nodes" else "post", path)["id"]["description"]
        for noun, path in {
            "tokens": "/v1/tokens/{id}",
            "webhooks": "/v1/webhooks/{id}",
            "nodes": "/v1/nodes/{id}/drain",
        }.items()
    }
    assert words["tokens"].startswith("The id of the token")
    assert words["webhooks"].startswith("The id of the endpoint")
    assert words["nodes"] == "The id of the node"


def test_a_parameter_that_must_be_sent_is_required() -> None:
    assert parameters("get", "/v1/autoconfig")["email"]["required"] is True
    assert parameters("get", "/v1/accounts")["state"]["required"] is False


def test_a_query_cannot_say_null() -> None:
    state = parameters("get", "/v1/accounts")["state"]
    assert state["schema"] == {"$ref": "#/components/schemas/State"}
    since = parameters("get", "/v1/events")["since"]["schema"]
    assert (since["type"], since["minimum"]) == ("integer", 0)
    assert "default" not in since


def test_a_default_that_does_something_is_told() -> None:
    assert parameters("get", "/v1/accounts")["pageSize"]["schema"]["default"] == 20
    assert "default" not in parameters("get", "/v1/accounts")["query"]["schema"]


def test_headers_are_parameters_too() -> None:
    assert parameters("put", "/v1/account/{account}")["If-Match"]["in"] == "header"
