"""The life of an account: every state, trigger and transition, and the events of each. Pure.

All decisions about states are in this file. A runner reports what happened as a `Trigger`. `step` returns the next
state, the events to announce, and whether the stored error changes. The documentation draws its diagram from
`TRANSITIONS`.
"""

from __future__ import annotations

from enum import StrEnum

from postroom.footprint.dataclass import dataclass


class State(StrEnum):
    """The state of an account, as the API reports it."""

    INIT = "init"
    CONNECTING = "connecting"
    SYNCING = "syncing"
    CONNECTED = "connected"
    AUTHENTICATION_ERROR = "authenticationError"
    CONNECT_ERROR = "connectError"
    DISCONNECTED = "disconnected"
    UNSET = "unset"
    PAUSED = "paused"


class Trigger(StrEnum):
    """What a runner can report."""

    ATTEMPT = "attempt"
    QUEUED = "queued"
    SIGNED_IN = "signedIn"
    SYNCED = "synced"
    REFUSED = "refused"
    FAILED = "failed"
    DROPPED = "dropped"
    STOPPED = "stopped"
    NOTHING_TO_DO = "nothingToDo"
    FLUSH = "flush"


class Health(StrEnum):
    """The state in one word for an operator."""

    HEALTHY = "healthy"
    RECOVERING = "recovering"
    FAILING = "failing"
    STOPPED = "stopped"


_ANY = tuple(State)

# An attempt may begin in any state, because the stored state survives a restart of the process.
TRANSITIONS: dict[Trigger, tuple[tuple[State, ...], State]] = {
    Trigger.ATTEMPT: (_ANY, State.CONNECTING),
    # An account that waits for its turn is not being connected, whatever its state was before.
    Trigger.QUEUED: ((State.CONNECTING,), State.INIT),
    Trigger.SIGNED_IN: ((State.CONNECTING,), State.SYNCING),
    Trigger.SYNCED: ((State.SYNCING,), State.CONNECTED),
    Trigger.REFUSED: ((State.CONNECTING,), State.AUTHENTICATION_ERROR),
    Trigger.FAILED: ((State.CONNECTING, State.SYNCING), State.CONNECT_ERROR),
    Trigger.DROPPED: ((State.CONNECTED,), State.DISCONNECTED),
    Trigger.STOPPED: (_ANY, State.DISCONNECTED),
    Trigger.NOTHING_TO_DO: (_ANY, State.UNSET),
    Trigger.FLUSH: (_ANY, State.PAUSED),
}

NOTHING_TO_DO = "no IMAP settings, or IMAP is disabled"
"""The cause in the timeline of an account that has nothing to connect to."""

_FAILURES = (Trigger.REFUSED, Trigger.FAILED, Trigger.DROPPED)
_ENDS = (Trigger.STOPPED, Trigger.NOTHING_TO_DO)


class IllegalStep(Exception):
    """A trigger was reported in a state in which it cannot happen: an error of Postroom, never of a mail server."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The stored facts about an account before a step.

    `announced` is the fingerprint of the last announced failure, as long as the account has not recovered.
    `recovery_announced` means that a successful sign-in after it was announced too.
    """

    state: State
    failures: int = 0
    ever_authenticated: bool = False
    initialized: bool = False
    announced: str | None = None
    recovery_announced: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """The result of a trigger: the facts after it, and the names of the events to announce."""

    after: Facts
    events: tuple[str, ...] = ()
    clears_error: bool = False
    stores_error: bool = False


def step(facts: Facts, trigger: Trigger, fingerprint: str | None = None) -> Step:
    """Decide one step. `fingerprint` identifies the failure, for REFUSED and FAILED.

    A failure is announced once. The same failure is announced again only after a recovery. Raises IllegalStep.
    """
    allowed, state = TRANSITIONS[trigger]
    if facts.state not in allowed:
        raise IllegalStep(f"{trigger.value} was reported while the account is {facts.state.value}")
    if trigger in (Trigger.REFUSED, Trigger.FAILED):
        return _failed(facts, state, trigger, fingerprint or "")
    if trigger is Trigger.SIGNED_IN:
        return _signed_in(facts)
    if trigger is Trigger.SYNCED:
        after = Facts(state, facts.failures, True, True, None, False)
        return Step(after, () if facts.initialized else ("accountInitialized",), clears_error=True)
    if trigger is Trigger.FLUSH:
        return Step(Facts(state, 0, False, False, None, False), clears_error=True)
    failures = facts.failures + 1 if trigger is Trigger.DROPPED else facts.failures
    if trigger in _ENDS:
        after = Facts(state, 0, facts.ever_authenticated, facts.initialized, None, False)
        return Step(after, clears_error=True)
    after = Facts(
        state, failures, facts.ever_authenticated, facts.initialized, facts.announced, facts.recovery_announced
    )
    return Step(after, stores_error=trigger is Trigger.DROPPED)


def beginning(*, connects: bool) -> tuple[tuple[State, str], ...]:
    """Return the first states of a registered account, with their causes. It is left in the last one.

    An account that has nothing to connect to comes to rest at once, as a runner would leave it.
    """
    added = (State.INIT, "registered")
    if connects:
        return (added,)
    return added, (step(Facts(State.INIT), Trigger.NOTHING_TO_DO).after.state, NOTHING_TO_DO)


def _failed(facts: Facts, state: State, trigger: Trigger, fingerprint: str) -> Step:
    event = "authenticationError" if trigger is Trigger.REFUSED else "connectError"
    repeated = facts.announced == fingerprint
    after = Facts(
        state,
        facts.failures + 1,
        facts.ever_authenticated,
        facts.initialized,
        fingerprint,
        facts.recovery_announced if repeated else False,
    )
    return Step(after, () if repeated else (event,), stores_error=True)


def _signed_in(facts: Facts) -> Step:
    is_news = not facts.ever_authenticated or (facts.announced is not None and not facts.recovery_announced)
    after = Facts(State.SYNCING, facts.failures, True, facts.initialized, facts.announced, facts.announced is not None)
    return Step(after, ("authenticationSuccess",) if is_news else ())


def health(state: State, failures: int, *, stopped: bool) -> Health:
    """Return the state in one word. `stopped` means that nothing is tried until an operator or owner acts."""
    if stopped or state is State.UNSET:
        return Health.STOPPED
    if state in (State.AUTHENTICATION_ERROR, State.CONNECT_ERROR):
        return Health.FAILING
    if state is State.DISCONNECTED:
        return Health.RECOVERING
    if state in (State.CONNECTED, State.PAUSED) or failures == 0:
        return Health.HEALTHY
    return Health.RECOVERING


def mermaid() -> str:
    """Return the table as a Mermaid state diagram for the documentation."""
    lines = ["stateDiagram-v2", "    [*] --> init: registered"]
    for trigger, (sources, target) in TRANSITIONS.items():
        if sources == _ANY:
            lines.append(f"    any --> {target.value}: {trigger.value}")
            continue
        lines.extend(f"    {source.value} --> {target.value}: {trigger.value}" for source in sources)
    return "\n".join(lines) + "\n"
