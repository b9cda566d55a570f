"""Carries out a plan over the client: settings, then applications, then accounts. Done again, it does only the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import partial
from typing import Final

from postroom.client.blocking import Postroom
from postroom.client.errors import ApiError, Conflict, InvalidRequest
from postroom.footprint.dataclass import dataclass
from postroom.moving.plan import Destination, Fate, MovePlan

__all__ = ["MoveOutcome", "StepKind", "StepResult", "TakenStep", "carry_out", "look"]

_TAKEN: Final = ("AccountAlreadyExists", "AppAlreadyExists")
_ABOUT_ONE: Final = (InvalidRequest, Conflict)
"""Errors that say something about what was sent. After any other one, the rest would fail too."""


class StepKind(StrEnum):
    """What a step sets or registers."""

    SETTINGS = "settings"
    APP = "app"
    ACCOUNT = "account"


class StepResult(StrEnum):
    """What came of a step."""

    DONE = "done"
    THERE = "there"
    """The id is taken. It was left as it is."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class TakenStep:
    """One step: `name` is the id of the account or application. `message` says why it was refused.

    It is number `number` of `of`, counted from 1.
    """

    kind: StepKind
    name: str
    result: StepResult
    message: str
    number: int
    of: int


@dataclass(frozen=True, slots=True)
class MoveOutcome:
    """What was done. `stopped` is the reason why the rest was not tried, None when all was."""

    steps: tuple[TakenStep, ...]
    stopped: str | None = None

    @property
    def complete(self) -> bool:
        """Whether everything was tried, and nothing refused."""
        return self.stopped is None and all(step.result is not StepResult.REFUSED for step in self.steps)


def look(client: Postroom) -> Destination:
    """Return what the Postroom has already. Raises ApiError."""
    accounts = frozenset(each["account"] for each in client.accounts.list(page_size=1000))
    return Destination(accounts, frozenset(each["id"] for each in client.oauth2.list()))


def carry_out(
    plan: MovePlan, client: Postroom, *, progress: Callable[[TakenStep], None] = lambda _step: None
) -> MoveOutcome:
    """Carry out what goes over, and call `progress` after each step.

    Settings come first, so that events of the new accounts find their receivers. If they are refused, nothing else is
    tried. An id that is taken is left as it is.
    """
    wanted = list(_wanted(plan, client))
    steps: list[TakenStep] = []
    for number, (kind, name, act) in enumerate(wanted, start=1):
        try:
            result, message = _tried(act, name)
        except ApiError as error:
            return MoveOutcome(tuple(steps), str(error))
        steps.append(TakenStep(kind, name, result, message, number, len(wanted)))
        progress(steps[-1])
        if kind is StepKind.SETTINGS and result is StepResult.REFUSED:
            return MoveOutcome(tuple(steps), f"The settings were refused: {message}")
    return MoveOutcome(tuple(steps))


def _wanted(plan: MovePlan, client: Postroom) -> Iterator[tuple[StepKind, str, Callable[[], object]]]:
    if plan.settings:
        yield StepKind.SETTINGS, "settings", partial(client.settings.change, plan.settings)
    for app in plan.apps:
        if app.fate is Fate.GOES:
            yield StepKind.APP, app.app, partial(client.oauth2.register, app.body)
    for account in plan.accounts:
        if account.fate is Fate.GOES:
            # The setting that lets a registration update an account must not touch those that are there.
            act = partial(client.accounts.register, account.body, upsert=False)
            yield StepKind.ACCOUNT, account.account, act


def _tried(act: Callable[[], object], name: str) -> tuple[StepResult, str]:
    """Return what came of it. Raises ApiError when the rest would fail too."""
    try:
        act()
    except _ABOUT_ONE as error:
        same = error.details.get("existingAccount", name) == name
        if error.code in _TAKEN and same:
            return StepResult.THERE, ""
        return StepResult.REFUSED, str(error)
    return StepResult.DONE, ""
