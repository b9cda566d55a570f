"""Values that callers send and mean well: every switch and every empty parameter of the API, from its types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from postroom.api.routes.table import ROUTES
from tests.api.conftest import Client

SWITCHES: dict[Any, bool] = {
    "true": True, "1": True, "Y": True, "y": True, 1: True,
    "false": False, "0": False, "N": False, "n": False, "": False,
}  # fmt: skip
QUERIES = {route.query.__name__: route.query for route in ROUTES}
BODIES = {str(route.body): route.body for route in ROUTES if route.body is not None}


def is_switch(schema: dict[str, Any]) -> bool:
    return "boolean" in (schema.get("type"), *(choice.get("type") for choice in schema.get("anyOf", ())))


def switches(schema: dict[str, Any], shared: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Return the paths of all switches of a body."""
    if "$ref" in schema:
        yield from switches(shared[schema["$ref"].rpartition("/")[2]], shared, path)
    for choice in schema.get("anyOf", ()):
        yield from switches(choice, shared, path)
    for name, field in schema.get("properties", {}).items():
        if is_switch(field):
            yield (*path, name)
        yield from switches(field, shared, (*path, name))


def faults(kind: TypeAdapter[Any], path: tuple[str, ...], value: object) -> list[str]:
    """Return what is wrong with this one value; other faults of the body do not matter here."""
    body: object = value
    for name in reversed(path):
        body = {name: body}
    try:
        kind.validate_python(body)
    except ValidationError as error:
        return [each["msg"] for each in error.errors() if each["loc"][: len(path)] == path]
    return []


@pytest.mark.parametrize("kind", BODIES.values(), ids=list(BODIES))
def test_every_switch_of_a_body_takes_what_forms_send(kind: Any) -> None:
    adapter = TypeAdapter(kind)
    schema = adapter.json_schema()
    for path in switches(schema, schema.get("$defs", {})):
        for value in (*SWITCHES, None):
            assert faults(adapter, path, value) == [], (path, value)
        assert faults(adapter, path, "perhaps") != [], path


@pytest.mark.parametrize("query", QUERIES.values(), ids=list(QUERIES))
def test_every_switch_of_a_query_takes_what_forms_send(query: Any) -> None:
    found = {
        name: field.alias or name
        for name, field in query.model_fields.items()
        if is_switch(query.model_json_schema()["properties"].get(field.alias or name, {}))
    }
    needed = {name: "a@example.com" for name, field in query.model_fields.items() if field.is_required()}
    for name, alias in found.items():
        for value, meant in SWITCHES.items():
            assert bool(getattr(query.model_validate({**needed, alias: str(value)}), name)) is meant, (alias, value)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/accounts?page=&pageSize=&state=&query=",
        "/v1/account/user@example.com?quota=",
        "/v1/account/user@example.com/timeline?page=&pageSize=",
        "/v1/tokens?page=&pageSize=&account=&query=",
        "/v1/events?limit=&account=",
        "/v1/settings?webhooks=",
    ],
)
async def test_an_empty_parameter_is_none(client: Client, path: str) -> None:
    await client.register()
    answer = await client.get(path)
    assert answer.status == 200
    assert answer.body == (await client.get(path.partition("?")[0])).body


async def test_an_empty_parameter_with_a_wrong_name_is_refused_and_so_is_one_that_is_needed(client: Client) -> None:
    assert set(await client.problems("GET", "/v1/accounts?pages=", None)) == {"pages"}
    assert set(await client.problems("GET", "/v1/autoconfig?email=", None)) == {"email"}
