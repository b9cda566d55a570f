"""What one input of a form is: its name, label, kind, words, value and problem, as the template draws it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import Enum
from functools import cache
from typing import Any, Final, Self

from postroom.footprint.dataclass import dataclass
from postroom.schemas.checking.problems import FaultyField
from postroom.schemas.reference.fields import Field, Fields
from postroom.schemas.reference.naming import Schemas, in_words

__all__ = ["FLAG_OPTIONS", "FormInput", "InputKind", "described", "input_for", "with_problems"]

FLAG_OPTIONS: Final = (("", "Default"), ("true", "Yes"), ("false", "No"))


class InputKind(Enum):
    """How an input is drawn. LINES has a value for each line, CODE is JSON or PEM, SECRET never shows its value."""

    TEXT = "text"
    SECRET = "secret"  # noqa: S105 - the name of a kind
    CHOICE = "choice"
    FLAG = "flag"
    LINES = "lines"
    CODE = "code"
    MOMENT = "datetime-local"


@dataclass(frozen=True, slots=True)
class FormInput:
    """One input. `name` is the dotted path of the field; `aside` is a short remark beside the label."""

    name: str
    label: str
    kind: InputKind = InputKind.TEXT
    value: str = ""
    hint: str = ""
    problem: str = ""
    options: tuple[tuple[str, str], ...] = ()
    required: bool = False
    placeholder: str = ""
    monospaced: bool = False
    aside: str = ""

    def filled(self, value: str | None, problem: str = "") -> Self:
        """Return the input with what was entered, and what is wrong with it. None leaves the value."""
        return replace(self, value=self.value if value is None else value, problem=problem)


@cache
def described(kind: Any) -> Mapping[str, Field]:
    """Return all fields of a type of bodies by their dotted paths, in the words of the reference."""
    schemas = Schemas([kind], [])
    return {field.path: field for field in _all(Fields(schemas.components).of(schemas.of(kind)))}


def _all(fields: Sequence[Field]) -> list[Field]:
    return [found for field in fields for found in (field, *_all(field.inside))]


def input_for(field: Field, kind: InputKind | None = None, label: str = "") -> FormInput:
    """Return the empty input of a field. Its kind follows from the field's, unless it is given."""
    found = kind or _kind(field)
    options = {InputKind.CHOICE: tuple((each, each) for each in field.values) or FLAG_OPTIONS}.get(found, ())
    if found is InputKind.CHOICE and options[0][0]:
        options = (("", "Default"), *options)
    words = label or in_words(field.name)
    return FormInput(field.path, words, found, hint=field.description, options=options, required=field.required)


def _kind(field: Field) -> InputKind:
    if field.kind.startswith("list"):
        return InputKind.LINES
    return InputKind.CHOICE if field.values or field.kind.startswith("boolean") else InputKind.TEXT


def with_problems(inputs: Sequence[FormInput], problems: Sequence[FaultyField]) -> tuple[list[FormInput], list[str]]:
    """Return the inputs with the problems at them, and the problems that belong to none.

    A problem of an object stands at its first input, one of an item at the list.
    """
    told: dict[str, list[str]] = {}
    others: list[str] = []
    for problem in problems:
        place = _place(inputs, problem.key)
        told.setdefault(place, []).append(problem.message) if place else others.append(problem.message)
    return [each.filled(None, " ".join(told.get(each.name, ()))) for each in inputs], others


def _place(inputs: Sequence[FormInput], key: str) -> str:
    names = [each.name for each in inputs]
    if key in names:
        return key
    inside = next((name for name in names if name.startswith(f"{key}.")), "")
    return inside or max((name for name in names if key.startswith(f"{name}.")), key=len, default="")
