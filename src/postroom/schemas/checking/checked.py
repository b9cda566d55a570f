"""Validates a body or a query against its type, and names every problem."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from postroom.connections.hosts.addresses import AddressPolicy
from postroom.schemas.checking.known_fields import known_fields
from postroom.schemas.checking.problems import FaultyField, describe
from postroom.schemas.fields import POLICY, WEBHOOK_POLICY
from postroom.settings import Settings

__all__ = ["CheckingContext", "checked", "context_of", "errors_in"]

CheckingContext = Mapping[str, AddressPolicy]
"""What the validators of addresses need to know."""

_NONE: Final[CheckingContext] = {}


def context_of(settings: Settings) -> CheckingContext:
    """Return what the validators need to know of this installation: which addresses it may connect to."""
    webhooks = AddressPolicy.ANY if settings.webhook_private_addresses else AddressPolicy.PUBLIC
    return {POLICY: AddressPolicy(settings.host_policy), WEBHOOK_POLICY: webhooks}


def checked(
    kind: Any, sent: object, problems: list[FaultyField], *, context: CheckingContext = _NONE, whole: str = "body"
) -> Any:
    """Return `sent` as a value of the type `kind`; None if it is not valid, with its problems added to `problems`.

    `whole` names what was sent, for problems that concern no single field.
    """
    try:
        return _validator(kind).validate_python(sent, context=context)
    except ValidationError as error:
        problems.extend(describe(errors_in(error), whole, known_fields(kind)))
        return None


@cache
def _validator(kind: Any) -> Any:
    """Return the validator of a type. It takes time and memory, so it is made for the first value of this type."""
    return TypeAdapter(kind).validator


def errors_in(error: ValidationError) -> Any:
    """Return pydantic's errors without the values that were sent."""
    return error.errors(include_url=False, include_input=False)
