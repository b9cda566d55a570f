"""The operations of the OpenAPI document as a page shows them: in words, with examples. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus

import orjson

from postroom.footprint.dataclass import dataclass
from postroom.schemas.reference import curl
from postroom.schemas.reference.curl import Curl
from postroom.schemas.reference.fields import Field, Fields, words_of
from postroom.schemas.reference.shapes import OpenApiDocument, OperationObject, ParameterObject, Schema

__all__ = ["ShownGroup", "ShownOperation", "ShownParameter", "groups_of"]


@dataclass(frozen=True, slots=True)
class ShownParameter:
    """A parameter as the page shows it: `place` is path, query or header, `values` the texts that it can be."""

    name: str
    place: str
    required: bool
    description: str
    kind: str
    values: list[str]


@dataclass(frozen=True, slots=True)
class ShownOperation:
    """An operation as the page shows it. `about` describes the body, `errors` has an example of each error."""

    id: str
    tag: str
    summary: str
    description: str
    deprecated: bool
    method: str
    path: str
    needs: Mapping[str, str] | None
    parameters: list[ShownParameter]
    sent: list[Field]
    about: str
    answered: list[Field]
    curl: Curl
    answer: str
    errors: list[object]

    @property
    def find(self) -> str:
        """The text that the search covers: path, summary, operation name, and the names of fields."""
        named = [parameter.name for parameter in self.parameters]
        named += [*_paths(self.sent), *_paths(self.answered)]
        return " ".join([self.method, self.path, self.summary, self.id, self.tag, *dict.fromkeys(named)]).lower()


@dataclass(frozen=True, slots=True)
class ShownGroup:
    """The operations about one noun."""

    name: str
    operations: list[ShownOperation]


def groups_of(document: OpenApiDocument) -> list[ShownGroup]:
    """Return all operations by noun, in the order of the document."""
    fields = Fields(document["components"]["schemas"])
    operations = [
        _operation(path, method.upper(), operation, fields)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    return [
        ShownGroup(tag["name"], [each for each in operations if each.tag == tag["name"]]) for tag in document["tags"]
    ]


def _operation(path: str, method: str, operation: OperationObject, fields: Fields) -> ShownOperation:
    body = operation["requestBody"]["content"]["application/json"]["schema"] if "requestBody" in operation else Schema()
    responses = dict(operation["responses"])
    (content,) = responses.pop("200")["content"].values()
    failures = [response for status, response in responses.items() if int(status) >= HTTPStatus.BAD_REQUEST]
    return ShownOperation(
        id=operation["operationId"],
        tag=operation["tags"][0],
        summary=operation["summary"],
        description=operation["description"],
        deprecated=operation.get("deprecated", False),
        method=method,
        path=path,
        needs=operation.get("x-needs"),
        parameters=[_parameter(parameter, fields) for parameter in operation["parameters"]],
        sent=fields.of(body),
        about=fields.about(body),
        answered=fields.of(content["schema"]),
        curl=curl.command(method, path, operation),
        answer=_pretty(content["example"]),
        errors=[response["content"]["application/json"]["example"] for response in failures],
    )


def _parameter(parameter: ParameterObject, fields: Fields) -> ShownParameter:
    schema = parameter["schema"]
    return ShownParameter(
        name=parameter["name"],
        place=parameter["in"],
        required=parameter["required"],
        description=parameter["description"],
        kind=words_of(schema, fields),
        values=fields.values(schema),
    )


def _paths(fields: list[Field]) -> Iterator[str]:
    for field in fields:
        yield field.path
        yield from _paths(field.inside)


def _pretty(example: object) -> str:
    return example if isinstance(example, str) else orjson.dumps(example, option=orjson.OPT_INDENT_2).decode()
