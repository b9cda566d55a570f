"""What is wrong with a request, in words for people: pydantic's findings without pydantic's vocabulary. Pure.

The value that was sent is never repeated: it may be a password.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pydantic_core import ErrorDetails

from postroom.api.errors import FieldProblem
from postroom.api.known_fields import Names, meant

_WORDS: Final = {
    "missing": "is required",
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


_LONGEST_NAME: Final = 64
"""Letters of an unknown field's name that are repeated; a longer one is hardly a name."""


def describe(found: Sequence[ErrorDetails], whole: str, names: Names) -> list[FieldProblem]:
    """Return pydantic's errors as field problems.

    `whole` names the thing itself when no field of it is meant, `names` are the fields that there are.
    """
    return [_describe(error, whole, names) for error in found]


def _describe(error: ErrorDetails, whole: str, names: Names) -> FieldProblem:
    key = ".".join(_shown(str(part)) for part in error["loc"] if part != "[key]") or whole
    if error["type"] == "extra_forbidden":
        return FieldProblem(key, f'"{key}" is not allowed{_question(meant(names, error["loc"]))}')
    return FieldProblem(key, f'"{key}" {_words(error)}')


def _shown(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"


def _question(paths: Sequence[str]) -> str:
    if not paths:
        return ""
    *others, last = (f"`{path}`" for path in paths)
    return f": did you mean {', '.join(others)} or {last}?" if others else f": did you mean {last}?"


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
