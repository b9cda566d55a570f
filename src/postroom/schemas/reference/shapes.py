"""The shape of the OpenAPI 3.1 document and of the JSON schemas in it. Pure."""

from __future__ import annotations

from typing import NotRequired, TypedDict

Schema = TypedDict(
    "Schema",
    {
        "$ref": str,
        "title": str,
        "description": str,
        "type": str | list[str],
        "const": object,
        "enum": list[object],
        "default": object,
        "examples": list[object],
        "anyOf": "list[Schema]",
        "items": "Schema",
        "properties": "dict[str, Schema]",
        "required": list[str],
        "format": str,
        "minimum": float,
        "maximum": float,
        "minLength": int,
        "maxLength": int,
        "maxItems": int,
    },
    total=False,
)
"""A JSON schema (draft 2020-12). Keywords that are not named here pass through unchanged."""


class MediaTypeObject(TypedDict):
    """A body of one media type, with an example."""

    schema: Schema
    example: object


class RequestBodyObject(TypedDict):
    """The body of a request; `content` is by media type."""

    required: bool
    content: dict[str, MediaTypeObject]


class HeaderObject(TypedDict):
    """A header of an answer."""

    description: str
    schema: Schema


class ResponseObject(TypedDict):
    """A Response Object; `content` is by media type, `headers` by name."""

    description: str
    headers: NotRequired[dict[str, HeaderObject]]
    content: dict[str, MediaTypeObject]


ParameterObject = TypedDict(
    "ParameterObject",
    {
        "name": str,
        "in": str,
        "required": bool,
        "description": str,
        "schema": Schema,
        "example": NotRequired[object],
    },
)
"""A parameter in the path, in the query or in a header."""

OperationObject = TypedDict(
    "OperationObject",
    {
        "operationId": str,
        "summary": str,
        "description": str,
        "tags": list[str],
        "parameters": list[ParameterObject],
        "responses": dict[str, ResponseObject],
        "security": list[dict[str, list[str]]],
        "x-needs": NotRequired[dict[str, str]],
        "deprecated": NotRequired[bool],
        "requestBody": NotRequired[RequestBodyObject],
    },
)
"""An Operation Object; `responses` is by status. `x-needs` is ours: the scope, group and action of the token."""


class LicenseObject(TypedDict):
    """The licence, with its SPDX identifier."""

    name: str
    identifier: str


class InfoObject(TypedDict):
    """The title and the version of the API."""

    title: str
    version: str
    summary: str
    description: str
    license: LicenseObject


class ComponentsObject(TypedDict):
    """The shared parts of the document, by name."""

    schemas: dict[str, Schema]
    securitySchemes: dict[str, dict[str, str]]


class OpenApiDocument(TypedDict):
    """The whole document; `paths` is by path and method, the method in small letters."""

    openapi: str
    info: InfoObject
    servers: list[dict[str, str]]
    tags: list[dict[str, str]]
    paths: dict[str, dict[str, OperationObject]]
    components: ComponentsObject
