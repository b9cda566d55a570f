"""Describes the fields of a schema for the reference: type and limits in words, values, inner fields. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import orjson

from postroom.footprint.dataclass import dataclass
from postroom.schemas.reference.shapes import Schema

_NO_LIMIT: Final = 2**53 - 1
"""A maximum from here on is no limit for readers: it only keeps numbers exact in JSON."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field. `path` is its dotted name from the top; `inside` are the fields of the object that it may hold."""

    name: str
    path: str
    kind: str
    required: bool
    description: str
    values: list[str]
    inside: list[Field]


class Fields:
    """Reads schemas that refer to `schemas`: the components of the OpenAPI document."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = schemas

    def of(self, schema: Schema, prefix: str = "", within: tuple[Schema, ...] = ()) -> list[Field]:
        """Return the fields of every object that the schema allows, but not again of objects that it stands `within`.

        A search may hold searches.
        """
        found: dict[str, Field] = {}
        for choice in self.choices(schema):
            if any(choice is outer for outer in within):
                continue
            for name, field in choice.get("properties", {}).items():
                required = name in choice.get("required", ())
                inner = (*within, choice)
                found.setdefault(name, self._field(name, f"{prefix}{name}", field, inner, required=required))
        return list(found.values())

    def about(self, schema: Schema) -> str:
        """Return the description of the schema, or of its first choice that has one."""
        return next((each["description"] for each in (schema, *self.choices(schema)) if each.get("description")), "")

    def _field(self, name: str, path: str, schema: Schema, within: tuple[Schema, ...], *, required: bool) -> Field:
        choices = self.choices(schema)
        items = [item for each in choices if "items" in each for item in self.choices(each["items"])]
        inside = self.of(schema, f"{path}.", within)
        inside += self.of({"anyOf": items}, f"{path}[].", within) if items else []
        return Field(name, path, words_of(schema, self), required, self.about(schema), self.values(schema), inside)

    def choices(self, schema: Schema) -> list[Schema]:
        """Return the alternatives of a schema, with references resolved."""
        if "$ref" in schema:
            return self.choices(self._schemas[schema["$ref"].rpartition("/")[2]])
        if "anyOf" in schema:
            return [found for choice in schema["anyOf"] for found in self.choices(choice)]
        return [schema]

    def values(self, schema: Schema) -> list[str]:
        """Return the texts that a value, or an item of a list, may be; empty when any text is allowed."""
        found = self.choices(schema)
        found += [item for choice in found if "items" in choice for item in self.choices(choice["items"])]
        return [str(value) for choice in found for value in choice.get("enum", ())]


def words_of(schema: Schema, fields: Fields) -> str:
    """Return type and limits of a value in words, such as `string or null, up to 256 characters`."""
    choices = fields.choices(schema)
    kinds = list(dict.fromkeys(kind for choice in choices for kind in _kinds(choice, fields)))
    limits = list(dict.fromkeys(limit for choice in choices for limit in _limits(choice)))
    default = schema.get("default")
    told = [f"default {orjson.dumps(default).decode()}"] if default not in (None, "", False, []) else []
    return ", ".join([" or ".join(kinds), *limits, *told])


def _kinds(schema: Schema, fields: Fields) -> list[str]:
    if "const" in schema:
        return [orjson.dumps(schema["const"]).decode()]
    kinds = schema.get("type", "anything")
    return [_kind(kind, schema, fields) for kind in ([kinds] if isinstance(kinds, str) else kinds)]


def _kind(kind: str, schema: Schema, fields: Fields) -> str:
    if kind == "array" and "items" in schema:
        items = dict.fromkeys(each for item in fields.choices(schema["items"]) for each in _kinds(item, fields))
        return f"list of {' or '.join(f'{each}s' for each in items)}"
    if kind == "string" and schema.get("format") == "date-time":
        return "time (ISO 8601)"
    return {"array": "list", "integer": "whole number"}.get(kind, kind)


def _limits(schema: Schema) -> list[str]:
    least, most = schema.get("minimum"), schema.get("maximum")
    most = None if most is not None and most >= _NO_LIMIT else most
    found = [f"{least} to {most}"] if least is not None and most is not None else []
    if not found and least is not None:
        found.append(f"at least {least}")
    if not found and most is not None:
        found.append(f"at most {most}")
    if "maxLength" in schema:
        found.append(f"up to {schema['maxLength']} characters")
    if "maxItems" in schema:
        found.append(f"up to {schema['maxItems']} items")
    return found
