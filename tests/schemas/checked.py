"""Values as requests hold them: what becomes of those that are taken, and the words for those that are refused."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from postroom.connections.hosts.addresses import AddressPolicy
from postroom.schemas.checking.problems import describe


def value_of(kind: Any, sent: object, **context: AddressPolicy) -> Any:
    """Return what becomes of a value that is taken."""
    return TypeAdapter(kind).validate_python(sent, context=context)


def words_for(kind: Any, sent: object, **context: AddressPolicy) -> list[str]:
    """Return what a person reads of a value that is refused; the value is called `x`."""
    return [message for _, message in _problems(kind, sent, "x", context)]


def problems_of(kind: Any, sent: object, **context: AddressPolicy) -> dict[str, str]:
    """Return the words for a body or a query that is refused, by field, without the field's name."""
    return {key: message.removeprefix(f'"{key}" ') for key, message in _problems(kind, sent, "body", context)}


def _problems(kind: Any, sent: object, whole: str, context: dict[str, AddressPolicy]) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as refused:
        value_of(kind, sent, **context)
    found = refused.value.errors(include_url=False, include_input=False)
    return [(problem.key, problem.message) for problem in describe(found, whole, {})]
