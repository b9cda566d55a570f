"""The steps of a diagnosis in order: what was done, how long it took, and how it ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Any, Final, Literal, TypeAlias

from postroom.connections.failures import Failure
from postroom.footprint.dataclass import dataclass
from postroom.words.strangers import NO_SECRETS, Secrets, take_in, take_in_all

__all__ = ["ExaminationStep", "Outcome", "Protocol", "Told", "Trail"]

Protocol = Literal["imap", "smtp"]
Outcome = Literal["ok", "warning", "failed", "skipped"]
Told: TypeAlias = Mapping[str, object]
"""The findings of a step, for people: texts, numbers, lists of texts, and objects of these."""

_LONGEST: Final = 255


def _unheard(_step: ExaminationStep) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class ExaminationStep:
    """One step. `ms` is its duration, `told` its findings, `remark` a sentence for people.

    `failure` is set if it failed.
    """

    protocol: Protocol
    name: str
    outcome: Outcome
    ms: int = 0
    told: Told = field(default_factory=dict)
    remark: str = ""
    failure: Failure | None = None


class Trail:
    """The steps of one protocol, each timed from the end of the one before, or from `begin`.

    Texts of servers are sanitised here, and `secrets` in them are masked. `heard` is told each step as it ends; a step
    that is renewed or repeated is told again.
    """

    def __init__(
        self, protocol: Protocol, host: str = "", port: int = 0, heard: Callable[[ExaminationStep], None] = _unheard
    ) -> None:
        self.protocol: Protocol = protocol
        self.host = host
        self.port = port
        self.secrets: Secrets = NO_SECRETS
        self.steps: list[ExaminationStep] = []
        self._heard = heard
        self._began = time.monotonic()

    def begin(self) -> None:
        """Start the clock of the next step."""
        self._began = time.monotonic()

    def ok(self, name: str, told: Told | None = None) -> None:
        """Add a step that succeeded."""
        self._add(name, "ok", told=told or {})

    def renew(self, name: str, told: Told) -> None:
        """Add a step that succeeded again with newer findings; it replaces the one of the same name."""
        self.steps = [step for step in self.steps if step.name != name]
        self.ok(name, told)

    def warn(self, name: str, remark: str, told: Told | None = None) -> None:
        """Add a step that did not hinder the others, but needs attention."""
        self._add(name, "warning", told=told or {}, remark=remark)

    def fail(self, name: str, failure: Failure, told: Told | None = None, *, ms: int | None = None) -> None:
        """Add a step that failed, after `ms` if its time was taken before."""
        self._add(name, "failed", told=told or {}, failure=failure, ms=ms)

    def add(self, step: ExaminationStep) -> None:
        """Add a step that was timed elsewhere."""
        self.steps.append(step)
        self._heard(step)

    @property
    def taken(self) -> int:
        """The milliseconds since the step before ended."""
        return round((time.monotonic() - self._began) * 1000)

    def rewind(self, count: int) -> None:
        """Forget the steps after the first `count`, because they are repeated."""
        del self.steps[count:]
        self.begin()

    def skip(self, names: Iterable[str], remark: str) -> None:
        """Add steps that could not be tried. Steps that were tried stay as they are."""
        tried = {step.name for step in self.steps}
        for name in names:
            if name not in tried:
                self.add(ExaminationStep(self.protocol, name, "skipped", remark=remark))

    @property
    def failure(self) -> Failure | None:
        """The failure of the first step that failed, None when all succeeded."""
        return next((step.failure for step in self.steps if step.failure is not None), None)

    def _add(self, name: str, outcome: Outcome, *, told: Told, ms: int | None = None, **more: Any) -> None:
        taken = self.taken if ms is None else ms
        self.begin()
        self.add(ExaminationStep(self.protocol, name, outcome, taken, _taken_in(told, self.secrets), **more))


def _taken_in(told: Told, secrets: Secrets) -> Told:
    """Return the findings, at any depth, without what must not be shown."""
    taken: dict[str, object] = {}
    for name, value in told.items():
        if isinstance(value, str):
            taken[name] = take_in(value, secrets)
        elif isinstance(value, list):
            taken[name] = take_in_all(map(str, value), secrets, longest=_LONGEST)
        else:
            taken[name] = _taken_in(value, secrets) if isinstance(value, dict) else value
    return taken
