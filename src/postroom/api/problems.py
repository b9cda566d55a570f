"""What is wrong with a request, in words for people: pydantic's findings without pydantic's vocabulary. Pure.

The value that was sent is never repeated: it may be a password.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pydantic_core import ErrorDetails

from postroom.api.errors import FieldProblem

_WORDS: Final = {
    "missing": "is required",
    "extra_forbidden": "is not allowed",
    "string_type": "must be a string",
    "dict_type": "must be an object",
    "list_type": "must be an array",
    "int_type": "must be a number",
    "int_parsing": "must be a number",
    "int_parsing_size": "must be a smaller number",
    "int_from_float": "must be a whole number",
    "finite_number": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
}
_BOUNDS: Final = {
    "string_too_long": ("must not be longer than {} characters", "max_length"),
    "too_long": ("must not hold more than {} items", "max_length"),
    "too_short": ("must hold at least {} item", "min_length"),
    "greater_than_equal": ("must be greater than or equal to {}", "ge"),
    "less_than_equal": ("must be less than or equal to {}", "le"),
    "literal_error": ("must be one of {}", "expected"),
    "enum": ("must be one of {}", "expected"),
}


def describe(found: Sequence[ErrorDetails], whole: str) -> list[FieldProblem]:
    """Return pydantic's errors as field problems; `whole` names the thing itself when no field of it is meant."""
    return [_describe(error, whole) for error in found]


def _describe(error: ErrorDetails, whole: str) -> FieldProblem:
    key = ".".join(str(part) for part in error["loc"] if part != "[key]") or whole
    return FieldProblem(key, f'"{key}" {_words(error)}')


def _words(error: ErrorDetails) -> str:
    kind = error["type"]
    context: dict[str, Any] = error.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "string_too_short":
        return "must not be empty"
    if kind in _BOUNDS:
        words, bound = _BOUNDS[kind]
        return words.format(context[bound])
    return _WORDS.get(kind, "is not valid")
