"""Extracts the valid fields of an invalid body, so that rules over several fields can be checked too. Pure.

Pydantic returns nothing when a field is wrong. Here each field is validated by itself. Valid fields come out as usual,
an invalid one as `Unusable`; missing and unknown fields are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeAlias

from pydantic import TypeAdapter
from pydantic_core import SchemaValidator, ValidationError, core_schema

__all__ = ["Body", "Unusable", "usable"]

Body: TypeAlias = dict[str, Any]
"""A body in the API's names. `Unusable` stands in place of an invalid value."""


class Unusable(dict[str, object]):
    """Stands for a value that was sent but is invalid. It holds nothing and equals nothing."""

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = None


def usable(kind: Any, body: Mapping[str, Any], context: Mapping[str, object]) -> Body:
    """Return the valid fields of a body of this TypedDict, with `Unusable` in place of invalid ones."""
    valid: Body = _validator(kind).validate_python(body, context=dict(context))
    return valid


@cache
def _validator(kind: Any) -> SchemaValidator:
    return SchemaValidator(_lenient(TypeAdapter(kind).core_schema))


def _lenient(schema: Any) -> Any:
    """Return the same schema, except that no object in it fails because of one of its fields."""
    if isinstance(schema, list):
        return [_lenient(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {name: _lenient(value) for name, value in schema.items()}
    if copy.get("type") == "typed-dict":
        copy |= {"extra_behavior": "ignore", "config": {}}
    if copy.get("type") == "typed-dict-field":
        copy |= {
            "required": False,
            "schema": core_schema.no_info_wrap_validator_function(_or_unusable, copy["schema"]),
        }
    return copy


def _or_unusable(value: Any, validate: Callable[[Any], Any]) -> Any:
    try:
        return validate(value)
    except ValidationError:
        return Unusable()
