"""The OpenAPI 3.1 document, made from the route table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from postroom.api.examples import ERRORS
from postroom.api.route import Route
from postroom.api.schemas.answers import Error

_REF: Final = "#/components/schemas/{model}"
_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_ALWAYS: Final = (400, 500, 503)
_WITH_TOKEN: Final = (401, 403)
_WITH_BODY: Final = (408, 413, 415)
_DESCRIPTION: Final = """\
Register mailboxes, see how they are doing, and be told what happens in them.

Every request but the open ones carries a token: `Authorization: Bearer TOKEN`, or `?access_token=TOKEN`.
Bodies are JSON. Keys that are not known are refused by name, and all problems of a request are reported together.
"""


def build(routes: Sequence[Route], version: str) -> dict[str, Any]:
    """Return the document."""
    adapters = _adapters(routes)
    schemas, definitions = TypeAdapter.json_schemas(
        [(key, "validation", adapter) for key, adapter in adapters.items()],
        ref_template=_REF,
        schema_generator=GenerateJsonSchema,
    )
    by_key = {key: schema for (key, _mode), schema in schemas.items()}
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, by_key)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Postroom",
            "version": version,
            "summary": "A gateway for e-mail accounts",
            "description": _DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name} for name in dict.fromkeys(route.tag for route in routes)],
        "paths": paths,
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "query": {"type": "apiKey", "in": "query", "name": "access_token"},
            },
        },
    }


def _key(kind: Any) -> str:
    return f"{getattr(kind, '__module__', '')}.{kind}"


def _adapters(routes: Sequence[Route]) -> dict[str, TypeAdapter[Any]]:
    kinds = [Error, *(route.answer for route in routes), *(route.body for route in routes if route.body is not None)]
    return {_key(kind): TypeAdapter(kind) for kind in kinds}


def _operation(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": operation_id(route),
        "summary": route.summary,
        "tags": [route.tag],
        "parameters": [*_path_parameters(route), *_query_parameters(route.query), *_header_parameters(route)],
        "responses": _responses(route, schemas),
        "security": [{"bearer": []}, {"query": []}] if route.needs is not None else [],
    }
    if route.needs is not None:
        operation["x-needs"] = {
            "scope": route.needs.scope,
            "group": route.needs.group,
            "action": route.needs.action,
        }
    description = route.description or (route.query.__doc__ or "").strip()
    if description and description != "No parameters.":
        operation["description"] = description
    if route.deprecated:
        operation["deprecated"] = True
    if route.body is not None:
        operation["requestBody"] = {
            "required": not route.body_optional,
            "content": {"application/json": {"schema": schemas[_key(route.body)], "example": route.body_example}},
        }
    return operation


def operation_id(route: Route) -> str:
    """Return a name for the operation that stays the same: `putV1AccountAccountReconnect`."""
    words = [word for word in re.split(r"[^A-Za-z0-9]+", route.path) if word]
    return route.method.lower() + "".join(word[0].upper() + word[1:] for word in words)


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    described = {
        "account": ("Account identifier, percent-encoded", {"type": "string", "minLength": 1, "maxLength": 256}),
        "id": ("The id of the token: its SHA-256 in hex", {"type": "string"}),
        "token": ("The token itself", {"type": "string"}),
        "app": ("The id of the OAuth2 application", {"type": "string"}),
        "delivery": ("The number of the delivery", {"type": "integer", "minimum": 1}),
    }
    if route.path.startswith("/v1/webhooks"):
        words = "The id of the endpoint; `global` and `account:ID` are the URLs in the settings and of an account"
        described["id"] = (words, {"type": "string"})
    return [
        {"name": name, "in": "path", "required": True, "description": described[name][0], "schema": described[name][1]}
        for name in _PARAMETER.findall(route.path)
    ]


@cache
def _query_parameters(model: type[BaseModel]) -> list[dict[str, Any]]:
    schema = model.model_json_schema(ref_template=_REF)
    parameters = []
    for name, field in schema.get("properties", {}).items():
        if name == "metadata":
            # Its real names are `metadata.KEY`, which no parameter object can say; the description does.
            continue
        described = dict(field)
        description = described.pop("description", "")
        described.pop("title", None)
        parameters.append(
            {"name": name, "in": "query", "required": False, "description": description, "schema": described}
        )
    return parameters


def _header_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "header", "required": False, "description": words, "schema": {"type": "string"}}
        for name, words in route.headers.items()
    ]


def _responses(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    statuses = {
        *_ALWAYS,
        *(_WITH_TOKEN if route.needs is not None else ()),
        *(_WITH_BODY if route.body is not None else ()),
        *((404,) if "{" in route.path or route.path in ("/v1/tokens", "/v1/token") else ()),
        *route.errors,
    }
    content = {route.media_type: {"schema": schemas[_key(route.answer)], "example": route.example}}
    answers: dict[str, Any] = {"200": {"description": "OK", "content": content}}
    for status in sorted(statuses):
        answers[str(status)] = {
            "description": HTTPStatus(status).phrase,
            "content": {"application/json": {"schema": schemas[_key(Error)], "example": ERRORS[status]}},
        }
    return answers
