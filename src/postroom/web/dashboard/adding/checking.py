"""Checks a form as the API checks a body: the form of each field, then the rules over several of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Final

from postroom.accounts.settings.problems import Problem
from postroom.accounts.settings.requests import new_problems
from postroom.accounts.settings.shapes import Document
from postroom.footprint.dataclass import dataclass
from postroom.schemas.checking.checked import checked, context_of
from postroom.schemas.checking.problems import FaultyField
from postroom.schemas.checking.usable import usable
from postroom.schemas.requests.accounts import AccountChange, NewAccount
from postroom.settings import Settings
from postroom.web.dashboard.adding.bodies import FormDifferences, change_of
from postroom.web.dashboard.adding.fields import BLANK

__all__ = ["CheckedForm", "check_change", "check_new", "new_wanted"]

_NOTHING: Final[Document] = {}


@dataclass(frozen=True, slots=True)
class CheckedForm:
    """The body that a form stands for, and its problems. With problems, the body lacks the fields that are wrong."""

    body: Document = field(repr=False)
    problems: tuple[FaultyField | Problem, ...] = ()


def new_wanted(texts: Mapping[str, str]) -> Mapping[str, str]:
    """Return the texts of the form of a new account, with its address in place of a name that is missing."""
    return {**BLANK, **texts, "name": texts["name"] or texts["email"]}


def check_new(settings: Settings, wanted: FormDifferences) -> CheckedForm:
    """Check the form of a new account."""
    found: list[FaultyField] = []
    typed = checked(NewAccount, wanted.sent, found, context=context_of(settings))
    if typed is None:
        typed = usable(NewAccount, wanted.sent, context_of(settings))
    body = {name: value for name, value in change_of(typed, wanted, _NOTHING).items() if value is not None}
    return CheckedForm(body, (*found, *new_problems(body)))


def check_change(settings: Settings, wanted: FormDifferences, stored: Document) -> CheckedForm:
    """Check the form of an account that exists; the rules over several fields are left to its service."""
    found: list[FaultyField] = []
    typed = checked(AccountChange, wanted.sent, found, context=context_of(settings))
    if typed is None:
        typed = usable(AccountChange, wanted.sent, context_of(settings))
    return CheckedForm(change_of(typed, wanted, stored), tuple(found))
