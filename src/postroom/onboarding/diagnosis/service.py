"""Diagnoses an account's settings: every step of connecting, with its time, and one verdict."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any, Final, TypeAlias

from postroom.accounts.settings.values import AccountSettings
from postroom.clock import now_ms
from postroom.connections.failures import judge
from postroom.connections.hosts.names import LooksUp
from postroom.connections.pacing.limits import SignInPacing
from postroom.connections.timeouts import Timeouts
from postroom.footprint.dataclass import dataclass
from postroom.onboarding.diagnosis.examination import Examination
from postroom.onboarding.diagnosis.trail import ExaminationStep, Protocol, Trail
from postroom.onboarding.diagnosis.verdict import Verdict, conclude
from postroom.onboarding.verify import visits_of
from postroom.sessions.opening import Sessions
from postroom.sessions.principal import Prepare
from postroom.settings import Settings
from postroom.tasks import together

__all__ = ["Diagnoses", "Diagnosis", "diagnose"]

LIMIT: Final = 90.0
"""Seconds for the whole diagnosis; both protocols are examined at the same time."""

_QUICKLY: Final = Timeouts(connect=10.0, tls=10.0, greeting=10.0, command=15.0, command_total=30.0, idle_end=10.0)
_STEPS: Final[Mapping[Protocol, tuple[str, ...]]] = {
    "imap": ("greeting", "login", "folders", "idle"),
    "smtp": ("greeting", "login"),
}


Heard: TypeAlias = Callable[[ExaminationStep], None]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The steps of a diagnosis and its verdict."""

    trails: tuple[Trail, ...]
    verdict: Verdict

    @property
    def healthy(self) -> bool:
        """Whether something was tried and every step succeeded."""
        return bool(self.trails) and all(trail.failure is None for trail in self.trails)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnoses:
    """Diagnoses within the operator's limits and the pacing of the process; see `diagnose`."""

    settings: Settings
    lookups: LooksUp
    pacing: SignInPacing | None = None
    visits: SignInPacing | None = None

    async def of(self, examined: AccountSettings, prepare: Prepare, heard: Heard | None = None) -> Diagnosis:
        """Examine the servers of an account's settings with the credentials from `prepare`.

        `heard` is told each step as it ends. A step that is renewed or repeated is told again.
        """
        return await diagnose(
            examined,
            self.settings,
            prepare=prepare,
            lookups=self.lookups,
            pacing=self.pacing,
            visits=self.visits,
            heard=heard,
        )


async def diagnose(
    examined: AccountSettings,
    settings: Settings,
    *,
    prepare: Prepare | None = None,
    lookups: LooksUp,
    pacing: SignInPacing | None = None,
    visits: SignInPacing | None = None,
    clock: Callable[[], int] = now_ms,
    limit: float = LIMIT,
    heard: Heard | None = None,
) -> Diagnosis:
    """Examine IMAP and SMTP of an account's settings, if they are in use. Shows no secret.

    `prepare`, which is `AccessTokens.prepare` of a stored account, may renew an OAuth2 access token; nothing else is
    changed. Without it the token in the settings is used. `pacing` is shared with the live accounts, `visits` with all
    diagnoses of the process.
    """
    sessions = replace(Sessions.of(settings, lookups, pacing=pacing, clock=clock), timeouts=_bounded(settings))
    examination = Examination(examined, sessions, prepare, visits or visits_of(settings))
    running = []
    if examined.wants_imap:
        running.append(_in_time(examination.imap, _trail("imap", heard), limit))
    # An OAuth2 account without SMTP settings submits to its provider's server, if that is known.
    is_implied = examined.smtp is None and not examined.refuses_smtp and examined.uses_oauth2("smtp")
    if is_implied or examined.wants_smtp:
        running.append(_in_time(examination.smtp, _trail("smtp", heard), limit))
    trails = tuple(trail for trail in await together(*running) if not (is_implied and _is_unknown(trail)))
    return Diagnosis(trails, conclude(trails))


def _is_unknown(trail: Trail) -> bool:
    return trail.protocol == "smtp" and any(step.name == "credentials" for step in trail.steps)


def _bounded(settings: Settings) -> Timeouts:
    """Return the operator's limits where they are shorter than ours, because a caller waits for the answer."""
    given = Timeouts.of(settings)
    names = Timeouts.__slots__
    return Timeouts(**{name: min(getattr(given, name), getattr(_QUICKLY, name)) for name in names})


def _trail(protocol: Protocol, heard: Heard | None) -> Trail:
    return Trail(protocol) if heard is None else Trail(protocol, heard=heard)


async def _in_time(examine: Callable[[Trail], Coroutine[Any, Any, None]], trail: Trail, limit: float) -> Trail:
    try:
        async with asyncio.timeout(limit):
            await examine(trail)
    except TimeoutError:
        failure = judge(TimeoutError(f"The examination was given up after {limit:g} s"), "connect")
        trail.fail("time", failure)
    if trail.failure is not None:
        trail.skip(_STEPS[trail.protocol], "An earlier step failed.")
    return trail
