"""Makes the OpenAPI 3.1 document from the route table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

from postroom.api.pipeline.route import Route
from postroom.api.reference.answers import DOCUMENTED
from postroom.api.reference.descriptions import DESCRIPTIONS
from postroom.api.reference.parameters import header_parameters, path_parameters, query_parameters
from postroom.schemas.answers.errors import Error
from postroom.schemas.examples.errors import ERRORS
from postroom.schemas.reference.naming import Schemas
from postroom.schemas.reference.shapes import (
    HeaderObject,
    MediaTypeObject,
    OpenApiDocument,
    OperationObject,
    ResponseObject,
)

_ALWAYS: Final = (400, 500)
_WITH_TOKEN: Final = (401, 403, 429, 503)
_WITH_BODY: Final = (408, 413, 415)
_ERROR_HEADERS: Final[dict[int, dict[str, str]]] = {
    401: {"WWW-Authenticate": "How to authenticate: `Bearer`"},
    429: {"Retry-After": "Seconds to wait before the next try"},
    503: {"Retry-After": "Seconds to wait before the next try"},
}
_DESCRIPTION: Final = """\
Register mailboxes, see how they are doing, and be told what happens in them.

Every request but the open ones carries a token: `Authorization: Bearer TOKEN`, or `?access_token=TOKEN`.
Bodies are JSON. Keys that are not known are refused by name, and all problems of a request are reported together.
"""


def build(routes: Sequence[Route], version: str) -> OpenApiDocument:
    """Return the document."""
    bodies = [route.body for route in routes if route.body is not None]
    answers = [DOCUMENTED[route.operation].answer for route in routes]
    schemas = Schemas([Error, *answers, *bodies], [route.query for route in routes])
    paths: dict[str, dict[str, OperationObject]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
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
            "schemas": schemas.components,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "query": {"type": "apiKey", "in": "query", "name": "access_token"},
            },
        },
    }


def _operation(route: Route, schemas: Schemas) -> OperationObject:
    documented = DOCUMENTED[route.operation]
    operation: OperationObject = {
        "operationId": route.operation,
        "summary": route.summary,
        "description": DESCRIPTIONS[route.operation],
        "tags": [route.tag],
        "parameters": [*path_parameters(route), *query_parameters(schemas.of(route.query)), *header_parameters(route)],
        "responses": _responses(route, schemas),
        "security": [{"bearer": []}, {"query": []}] if route.needs is not None else [],
    }
    if route.needs is not None:
        operation["x-needs"] = {
            "scope": route.needs.scope,
            "group": route.needs.group,
            "action": route.needs.action,
        }
    if route.deprecated:
        operation["deprecated"] = True
    if route.body is not None:
        operation["requestBody"] = {
            "required": not route.body_optional,
            "content": {"application/json": {"schema": schemas.of(route.body), "example": documented.body_example}},
        }
    return operation


def _responses(route: Route, schemas: Schemas) -> dict[str, ResponseObject]:
    documented = DOCUMENTED[route.operation]
    content: dict[str, MediaTypeObject] = {
        route.media_type: {"schema": schemas.of(documented.answer), "example": documented.example}
    }
    answers = {"200": _response("OK", content, route.answer_headers)}
    for status, words in route.also.items():
        answers[str(status)] = _response(words, content if status == HTTPStatus.PARTIAL_CONTENT else {}, {})
    for status in _error_statuses(route):
        failure: dict[str, MediaTypeObject] = {
            "application/json": {"schema": schemas.of(Error), "example": ERRORS[status]}
        }
        answers[str(status)] = _response(HTTPStatus(status).phrase, failure, _ERROR_HEADERS.get(status, {}))
    return answers


def _response(words: str, content: dict[str, MediaTypeObject], headers: Mapping[str, str]) -> ResponseObject:
    described: dict[str, HeaderObject] = {
        name: {"description": text, "schema": {"type": "string"}} for name, text in headers.items()
    }
    if not described:
        return {"description": words, "content": content}
    return {"description": words, "headers": described, "content": content}


def _error_statuses(route: Route) -> list[int]:
    return sorted(
        {
            *_ALWAYS,
            *(_WITH_TOKEN if route.needs is not None else ()),
            *(_WITH_BODY if route.body is not None else ()),
            *((404,) if "{" in route.path or route.path in ("/v1/tokens", "/v1/token") else ()),
            *route.errors,
        }
    )
