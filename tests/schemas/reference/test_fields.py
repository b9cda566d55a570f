"""Fields in words: what a value may be, within which limits, and what is inside."""

from __future__ import annotations

import pytest

from postroom.schemas.reference.fields import Fields, words_of
from postroom.schemas.reference.shapes import Schema

COMPONENTS: dict[str, Schema] = {
    "Inner": {
        "type": "object",
        "description": "What is inside.",
        "properties": {"host": {"type": "string", "maxLength": 256}},
        "required": ["host"],
    },
    "Colour": {"enum": ["red", "green"], "type": "string"},
}
INNER: Schema = {"$ref": "#/components/schemas/Inner"}
COLOUR: Schema = {"$ref": "#/components/schemas/Colour"}


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string", "maxLength": 5}, "string, up to 5 characters"),
        ({"type": "integer", "minimum": 1, "maximum": 65535}, "whole number, 1 to 65535"),
        ({"type": "integer", "minimum": 0, "maximum": 2**53 - 1}, "whole number, at least 0"),
        ({"type": "integer", "maximum": 9}, "whole number, at most 9"),
        ({"type": ["string", "null"], "format": "date-time"}, "time (ISO 8601) or null"),
        ({"anyOf": [INNER, {"const": False}]}, "object or false"),
        ({"type": "array", "items": COLOUR, "maxItems": 3}, "list of strings, up to 3 items"),
        ({"type": "array"}, "list"),
        ({"type": "integer", "default": 20}, "whole number, default 20"),
        ({"type": "boolean", "default": False}, "boolean"),
        ({}, "anything"),
    ],
)
def test_a_kind_is_told_in_words(schema: Schema, words: str) -> None:
    assert words_of(schema, Fields(COMPONENTS)) == words


def test_objects_inside_objects_and_lists_are_found() -> None:
    imap_or_none: Schema = {"anyOf": [INNER, {"const": False}]}
    schema: Schema = {"properties": {"imap": imap_or_none, "all": {"type": "array", "items": INNER}}}
    imap, every = Fields(COMPONENTS).of(schema)
    assert (imap.name, imap.description, imap.required) == ("imap", "What is inside.", False)
    assert [(field.path, field.required) for field in imap.inside] == [("imap.host", True)]
    assert [field.path for field in every.inside] == ["all[].host"]


def test_an_own_description_goes_before_that_of_the_type() -> None:
    (field,) = Fields(COMPONENTS).of({"properties": {"imap": {**INNER, "description": "Its own."}}})
    assert field.description == "Its own."


def test_the_values_are_those_of_the_items_too() -> None:
    fields = Fields(COMPONENTS)
    assert fields.values(COLOUR) == ["red", "green"]
    assert fields.values({"anyOf": [{"type": "array", "items": COLOUR}, {"type": "null"}]}) == ["red", "green"]
    assert fields.values({"type": "string"}) == []


def test_either_of_two_objects_has_the_fields_of_both() -> None:
    other: Schema = {"type": "object", "properties": {"port": {"type": "integer"}}}
    assert [field.name for field in Fields(COMPONENTS).of({"anyOf": [INNER, other]})] == ["host", "port"]
