"""Holds every answer of the tests against the OpenAPI document: described there, and nothing beyond."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, cast

import jsonschema_rs

from postroom.api.pipeline.errors import MalformedRequest, MethodNotAllowed, UnknownPage
from postroom.api.pipeline.router import Router
from postroom.api.reference import openapi
from postroom.api.routes.table import ROUTES
from postroom.schemas.reference.shapes import OpenApiDocument


@cache
def openapi_document() -> OpenApiDocument:
    """Return the document."""
    return openapi.build(ROUTES, "0.0.0")


def document() -> dict[str, Any]:
    """Return the document as JSON, for tests that look at it from outside."""
    return cast("dict[str, Any]", openapi_document())


def closed(schema: Any) -> Any:
    """Return a schema that allows no members beyond those it describes, so that an undescribed one is noticed."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(each) for name, each in schema.items()}
    if isinstance(inner.get("properties"), dict) and inner.get("type") == "object":
        inner.setdefault("additionalProperties", False)
    return inner


def validator(path: str, method: str, status: int) -> Any:
    """Return the validator of an answer; KeyError when the document does not know it."""
    answers = document()["paths"][path][method.lower()]["responses"]
    (content,) = answers[str(status)]["content"].values()
    return _validator(json.dumps(content["schema"]))


# Most answers share their schema with others, such as that of errors.
@cache
def _validator(schema: str) -> Any:
    return jsonschema_rs.validator_for({**closed(json.loads(schema)), **_components()}, validate_formats=True)


@cache
def _components() -> dict[str, Any]:
    return {"components": closed(document()["components"])}


@cache
def _router() -> Router[str]:
    router: Router[str] = Router()
    for route in ROUTES:
        router.add(route.method, route.path, route.path)
    return router


def check(method: str, path: str, status: int, body: Any) -> None:
    """Fail unless the document describes this answer. Unknown paths and methods are not in it, so only shape counts."""
    if body is None or method == "HEAD":
        return
    try:
        pattern, _ = _router().find(method, path.partition("?")[0])
    except (UnknownPage, MethodNotAllowed, MalformedRequest):
        assert set(body) == {"error", "message", "code", "statusCode"}
        return
    answers = document()["paths"][pattern]["get" if method == "HEAD" else method.lower()]["responses"]
    # The content of a download may be JSON that is none of ours.
    if "application/octet-stream" not in answers[str(status)]["content"]:
        validator(pattern, method, status).validate(body)
