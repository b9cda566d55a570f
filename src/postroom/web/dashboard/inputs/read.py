"""Reads the inputs of a form into a body of the API. What a value must be, the API's own check says. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from postroom.web.dashboard.inputs.made import FormInput, InputKind

__all__ = ["SentBody", "body_of", "lines", "nested"]

SentBody: TypeAlias = dict[str, object]
"""A body before it is checked."""


def lines(text: str) -> list[str]:
    """Return the lines that are not empty."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def body_of(inputs: Iterable[FormInput], form: Mapping[str, str], *, blanks: bool) -> SentBody:
    """Return the body that a form asks for. `blanks`: an empty input is sent, and so clears the field.

    An empty secret is never sent: it stays as it is.
    """
    found = {each.name: _value(each, form.get(each.name, "")) for each in inputs}
    secret = {each.name for each in inputs if each.kind is InputKind.SECRET}
    return nested(
        {
            name: value
            for name, value in found.items()
            if value not in ("", []) or (blanks and name not in secret and "." not in name)
        }
    )


def _value(each: FormInput, text: str) -> object:
    match each.kind:
        case InputKind.LINES:
            return lines(text)
        case InputKind.FLAG:
            return text == "1"
        case InputKind.CODE | InputKind.SECRET:
            return text.replace("\r\n", "\n").strip()
    return text.strip()


def nested(flat: Mapping[str, object]) -> SentBody:
    """Return an object with objects inside for dotted names."""
    body: SentBody = {}
    for name, value in flat.items():
        *outer, last = name.split(".")
        inside = body
        for part in outer:
            found = inside.setdefault(part, {})
            assert isinstance(found, dict)
            inside = found
        inside[last] = value
    return body
