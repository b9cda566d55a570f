"""Turns pydantic's errors about a request into messages for people. Pure.

No message repeats the value that was sent: it may be a password.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic_core import ErrorDetails

from postroom.footprint.dataclass import dataclass
from postroom.schemas.checking.known_fields import FieldNames, meant

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
    "string_pattern_mismatch": ("must fit the pattern {}", "pattern"),
}


_LONGEST_NAME: Final = 64
"""The most letters of an unknown field's name that a message repeats."""

_MOST: Final = 100
"""The most problems of one body that are described. Describing more would delay other requests."""

_NAMELESS: Final = "(a field without a name)"


@dataclass(frozen=True, slots=True)
class FaultyField:
    """A field with a problem: `key` is its dotted path."""

    key: str
    message: str


def describe(found: Sequence[ErrorDetails], whole: str, names: FieldNames) -> list[FaultyField]:
    """Return pydantic's errors as field problems.

    `whole` names the request part for problems that concern no single field; `names` are the known fields.
    """
    told = [_describe(error, whole, names) for error in found[:_MOST]]
    if len(found) > _MOST:
        told.append(FaultyField(whole, f'"{whole}" has {len(found) - _MOST} more faults than are told here'))
    return told


def _describe(error: ErrorDetails, whole: str, names: FieldNames) -> FaultyField:
    is_unknown = error["type"] == "extra_forbidden"
    # pydantic adds "[key]" when the name of a pair is wrong. An unknown field may really have that name.
    location = error["loc"] if is_unknown or error["loc"][-1:] != ("[key]",) else error["loc"][:-1]
    key = ".".join(_shown(str(part)) for part in location) or (_NAMELESS if is_unknown else whole)
    if is_unknown:
        is_name = len(str(location[-1])) <= _LONGEST_NAME
        return FaultyField(key, f'"{key}" is not allowed{_question(meant(names, location) if is_name else ())}')
    return FaultyField(key, f'"{key}" {_words(error)}')


def _shown(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…"


def _question(paths: Sequence[str]) -> str:
    if not paths:
        return ""
    *others, last = (f"`{path}`" for path in paths)
    return f": did you mean {', '.join(others)} or {last}?" if others else f": did you mean {last}?"


def _words(error: ErrorDetails) -> str:
    kind = error["type"]
    context: Mapping[str, object] = error.get("ctx", {})
    if context.get("field_type") == "Value":
        # pydantic checked this text's length after one of our validators, so its error lacks the prefix.
        kind = f"string_{kind}"
    if kind == "value_error":
        return str(context["error"])
    if kind == "string_too_short":
        return "must not be empty"
    if kind in _BOUNDS:
        words, bound = _BOUNDS[kind]
        return words.format(context[bound])
    return _WORDS.get(kind, "is not valid")
