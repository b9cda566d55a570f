"""The OpenAPI document: complete, valid, and true to its own schemas."""

from __future__ import annotations

import re
from typing import Any

import jsonschema_rs
import pytest
from jsonschema_rs import ValidationError
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from postroom.api.pipeline.route import Route
from postroom.api.reference.answers import DOCUMENTED
from postroom.api.routes.table import ROUTES
from postroom.streaming.event_stream import MEDIA_TYPE as STREAM
from tests.api import contract
from tests.api.conftest import Client

_IDS = [f"{route.method} {route.path}" for route in ROUTES]


def operation(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = contract.document()["paths"][route.path][route.method.lower()]
    return found


async def test_it_is_served_under_both_names_and_is_the_newest_form(client: Client) -> None:
    first, second = await client.get("/openapi.json"), await client.get("/swagger.json")
    assert first.text == second.text
    assert first.body["openapi"].startswith("3.1.")


def test_no_reference_leads_nowhere() -> None:
    document = contract.document()
    for reference in set(re.findall(r'"\$ref": ?"([^"]+)"', str(document).replace("'", '"'))):
        assert reference.removeprefix("#/components/schemas/") in document["components"]["schemas"]


def test_it_is_valid_openapi_and_its_schemas_are_valid_too() -> None:
    document = contract.document()
    OPENAPI_31_VALIDATOR.validate(document)
    for name, schema in document["components"]["schemas"].items():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
        assert schema["title"], name
    with pytest.raises(ValidationError):
        OPENAPI_31_VALIDATOR.validate({**document, "paths": {"/": {"get": {"responses": []}}}})


def test_operation_ids_are_camel_case_words_and_unique() -> None:
    ids = [operation(route)["operationId"] for route in ROUTES]
    assert len(set(ids)) == len(ids)
    assert [each for each in ids if not re.fullmatch(r"[a-z]+([A-Z][a-z]+)+", each)] == []
    assert {"registerAccount", "listAccounts"} < set(ids)


def test_schemas_have_short_names_of_which_none_tells_of_modules_or_directions() -> None:
    names = list(contract.document()["components"]["schemas"])
    assert [name for name in names if not re.fullmatch(r"([A-Z][A-Za-z0-9]*[a-z0-9])", name) or len(name) > 20] == []
    assert [name for name in names if name.endswith(("Input", "Output"))] == []
    titles = [schema["title"] for schema in contract.document()["components"]["schemas"].values()]
    assert len({title.replace(" ", "").lower() for title in titles}) == len(titles)


def test_an_account_begins_with_its_id_its_name_and_its_imap_settings() -> None:
    schemas = contract.document()["components"]["schemas"]
    for name in ("Account", "NewAccount"):
        assert list(schemas[name]["properties"])[:3] == ["account", "name", "imap"]
    assert list(schemas["AccountChange"]["properties"])[:2] == ["name", "imap"]
    assert list(schemas["ListedAccount"]["properties"])[:2] == ["account", "name"]


def test_what_is_required_is_not_behind_what_is_not() -> None:
    schemas = contract.document()["components"]["schemas"]
    assert next(iter(schemas["NewEndpoint"]["properties"])) == "url"
    assert list(schemas["NewApp"]["properties"])[:3] == ["id", "name", "provider"]


@pytest.mark.parametrize(
    ("schema", "field", "kind"),
    [
        ("Account", "imap", "Imap"),
        ("Account", "smtp", "Smtp"),
        ("Account", "oauth2", "OAuth2"),
        ("Account", "server", "ServerInfo"),
        ("Account", "sync", "SyncProgress"),
        ("Account", "syncError", "SyncError"),
        ("Tried", "server", "ServerInfo"),
        ("Token", "restrictions", "Restrictions"),
        ("Token", "permissions", "Permissions"),
        ("LastError", "tokenRequest", "TokenRequest"),
        ("Error", "tokenRequest", "TokenRequest"),
    ],
)
def test_objects_in_answers_are_described(schema: str, field: str, kind: str) -> None:
    described = contract.document()["components"]["schemas"][schema]["properties"][field]
    choices = [choice for choice in described.get("anyOf", [described]) if choice != {"type": "null"}]
    assert [choice["$ref"] for choice in choices] == [f"#/components/schemas/{kind}"]


@pytest.mark.parametrize("route", ROUTES, ids=_IDS)
def test_every_error_has_the_schema_of_errors(route: Route) -> None:
    refused = {status: found for status, found in operation(route)["responses"].items() if int(status) >= 400}
    assert "400" in refused
    for status, found in refused.items():
        content = found["content"]["application/json"]
        assert content["schema"] == {"$ref": "#/components/schemas/Error"}, status
        assert content["example"]["statusCode"] == int(status)
    fields = contract.document()["components"]["schemas"]["Error"]["properties"]["fields"]
    assert fields["items"] == {"$ref": "#/components/schemas/FieldProblem"}


async def test_headers_that_are_described_are_answered(client: Client) -> None:
    await client.register("a")
    answer = await client.get("/v1/account/a")
    described = contract.document()["paths"]["/v1/account/{account}"]["get"]["responses"]
    assert set(described["200"]["headers"]) == {"ETag"}
    assert answer.headers["etag"] == '"1-1"'
    assert set(described["401"]["headers"]) == {"WWW-Authenticate"}
    assert set(described["503"]["headers"]) == {"Retry-After"}


@pytest.mark.parametrize("route", ROUTES, ids=_IDS)
def test_every_operation_has_examples_that_fit_its_schemas(route: Route) -> None:
    described = operation(route)
    for status in described["responses"].keys() - {"304"}:
        (content,) = described["responses"][status]["content"].values()
        contract.validator(route.path, route.method, int(status)).validate(content["example"])
    assert (route.body is None) == ("requestBody" not in described)
    if route.body is not None:
        content = described["requestBody"]["content"]["application/json"]
        schema = {**content["schema"], "components": contract.document()["components"]}
        jsonschema_rs.validator_for(schema).validate(content["example"])


@pytest.mark.parametrize("route", ROUTES, ids=_IDS)
def test_every_operation_says_what_it_needs(route: Route) -> None:
    described = operation(route)
    assert bool(described["security"]) == (route.needs is not None)
    assert ("401" in described["responses"]) == (route.needs is not None)
    named = {parameter["name"] for parameter in described["parameters"] if parameter["in"] == "path"}
    assert named == set(re.findall(r"\{(\w+)\}", route.path))


ASKS_OTHERS = (
    "/v1/account/{account}/oauth-token",
    "/v1/verifyAccount",
    "/v1/autoconfig",
    "/v1/diagnosis",
    "/v1/account/{account}/diagnosis",
    "/v1/account/{account}/threads",
)


async def test_example_requests_are_accepted_as_they_are_printed(client: Client) -> None:
    """In the order of the table: the account is registered first; what deletes comes last."""
    await client.post("/v1/settings", {"serviceUrl": client.base})
    order = sorted(ROUTES, key=lambda route: route.method == "DELETE")
    for route in order:
        # What is only named once it was made is tried where it is made; some routes connect; a stream has no end.
        by_id = set(re.findall(r"\{(\w+)\}", route.path)) - {"account", "app"}
        asks_others = route.path in ASKS_OTHERS or "X-EE-Timeout" in route.headers
        if by_id or asks_others or route.media_type == STREAM:
            continue
        asks_mail = "X-EE-Timeout" in route.headers
        if asks_mail and route.body is None:
            continue
        path = route.path.replace("{account}", "user@example.com").replace("{app}", "gmail")
        answer = await client.ask(route.method, path, DOCUMENTED[route.operation].body_example)
        # Nothing connects here, so a sync has no connection to use, and no mail server can be asked.
        assert answer.status == (503 if asks_mail or path.endswith("/sync") else 200), (route.path, answer.text)


def test_an_answer_that_is_not_described_would_be_noticed() -> None:
    with pytest.raises(ValidationError):
        contract.check("GET", "/v1/accounts", 200, {"total": 1})
    with pytest.raises(ValidationError):
        contract.check("DELETE", "/v1/account/a", 200, {"success": True, "account": "a", "deleted": True, "more": 1})
    with pytest.raises(KeyError):
        contract.check("GET", "/v1/accounts", 418, {})
