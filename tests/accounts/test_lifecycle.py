"""The table of states, walked edge by edge, and what must hold over any sequence of them."""

from __future__ import annotations

import dataclasses
import re

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from postroom.accounts.lifecycle import (
    NOTHING_TO_DO,
    TRANSITIONS,
    Facts,
    Health,
    IllegalStep,
    State,
    Step,
    Trigger,
    beginning,
    health,
    mermaid,
    step,
)

_EVERYWHERE = set(State)
# The table once more, in the words of the specification: from where, and whereto.
EXPECTED: dict[Trigger, tuple[set[State], State]] = {
    Trigger.ATTEMPT: (_EVERYWHERE, State.CONNECTING),
    Trigger.QUEUED: ({State.CONNECTING}, State.INIT),
    Trigger.SIGNED_IN: ({State.CONNECTING}, State.SYNCING),
    Trigger.SYNCED: ({State.SYNCING}, State.CONNECTED),
    Trigger.REFUSED: ({State.CONNECTING}, State.AUTHENTICATION_ERROR),
    Trigger.FAILED: ({State.CONNECTING, State.SYNCING}, State.CONNECT_ERROR),
    Trigger.DROPPED: ({State.CONNECTED}, State.DISCONNECTED),
    Trigger.STOPPED: (_EVERYWHERE, State.DISCONNECTED),
    Trigger.NOTHING_TO_DO: (_EVERYWHERE, State.UNSET),
    Trigger.FLUSH: (_EVERYWHERE, State.PAUSED),
}
EVERY_PAIR = [(state, trigger) for state in State for trigger in Trigger]
ANNOUNCED_ERROR = Facts(State.CONNECTING, 3, True, True, "refused", False)
NEW = Facts(State.INIT)


def walk(facts: Facts, *reports: Trigger | tuple[Trigger, str]) -> tuple[Facts, list[str]]:
    """Take several steps; return the facts at the end and every event on the way."""
    events: list[str] = []
    for report in reports:
        trigger, fingerprint = report if isinstance(report, tuple) else (report, None)
        decided = step(facts, trigger, fingerprint)
        facts, events = decided.after, [*events, *decided.events]
    return facts, events


SIGN_IN = (Trigger.ATTEMPT, Trigger.SIGNED_IN)
CONNECT = (*SIGN_IN, Trigger.SYNCED)


@pytest.mark.parametrize(("state", "trigger"), EVERY_PAIR)
def test_every_state_meets_every_trigger_as_the_table_says(state: State, trigger: Trigger) -> None:
    sources, target = EXPECTED[trigger]
    if state in sources:
        assert step(Facts(state), trigger, "fingerprint").after.state is target
    else:
        with pytest.raises(IllegalStep, match=f"{trigger.value} was reported while the account is {state.value}"):
            step(Facts(state), trigger, "fingerprint")


@pytest.mark.parametrize(
    ("facts", "trigger", "events"),
    [
        (NEW, Trigger.ATTEMPT, ()),
        (Facts(State.CONNECTING), Trigger.SIGNED_IN, ("authenticationSuccess",)),
        (Facts(State.CONNECTING, ever_authenticated=True), Trigger.SIGNED_IN, ()),
        (ANNOUNCED_ERROR, Trigger.SIGNED_IN, ("authenticationSuccess",)),
        (dataclasses.replace(ANNOUNCED_ERROR, recovery_announced=True), Trigger.SIGNED_IN, ()),
        (Facts(State.SYNCING), Trigger.SYNCED, ("accountInitialized",)),
        (Facts(State.SYNCING, initialized=True), Trigger.SYNCED, ()),
        (Facts(State.CONNECTING), Trigger.REFUSED, ("authenticationError",)),
        (ANNOUNCED_ERROR, Trigger.REFUSED, ()),
        (dataclasses.replace(ANNOUNCED_ERROR, announced="other"), Trigger.REFUSED, ("authenticationError",)),
        (Facts(State.CONNECTING), Trigger.FAILED, ("connectError",)),
        (ANNOUNCED_ERROR, Trigger.FAILED, ()),
        (dataclasses.replace(ANNOUNCED_ERROR, announced="other"), Trigger.FAILED, ("connectError",)),
        (Facts(State.CONNECTED), Trigger.DROPPED, ()),
        (Facts(State.CONNECTED), Trigger.STOPPED, ()),
        (NEW, Trigger.NOTHING_TO_DO, ()),
        (Facts(State.CONNECTED, 0, True, True), Trigger.FLUSH, ()),
    ],
)
def test_each_edge_announces_exactly_what_it_should(facts: Facts, trigger: Trigger, events: tuple[str, ...]) -> None:
    assert step(facts, trigger, "refused").events == events


def test_a_healthy_account_announces_its_sign_in_and_its_first_sync_once() -> None:
    facts, events = walk(NEW, *CONNECT)
    assert (facts.state, events) == (State.CONNECTED, ["authenticationSuccess", "accountInitialized"])
    assert walk(facts, Trigger.DROPPED, *CONNECT)[1] == []


def test_a_repeated_failure_is_announced_once() -> None:
    attempt = (Trigger.ATTEMPT, (Trigger.FAILED, "no route"))
    facts, events = walk(NEW, *attempt, *attempt, *attempt)
    assert events == ["connectError"]
    assert facts.failures == 3


def test_alternating_failures_are_announced_each_time() -> None:
    refused = (Trigger.ATTEMPT, (Trigger.REFUSED, "bad password"))
    failed = (Trigger.ATTEMPT, (Trigger.FAILED, "no route"))
    assert walk(NEW, *refused, *failed, *refused)[1] == ["authenticationError", "connectError", "authenticationError"]


def test_after_a_recovery_the_same_failure_is_news_again() -> None:
    failed = (Trigger.ATTEMPT, (Trigger.FAILED, "no route"))
    facts, _ = walk(NEW, *CONNECT)
    outage = (Trigger.DROPPED, *failed, *failed, *CONNECT)
    assert walk(facts, *outage, *outage)[1] == ["connectError", "authenticationSuccess"] * 2


def test_a_server_that_accepts_the_login_and_drops_for_ever_is_reported_once() -> None:
    loop = (*SIGN_IN, (Trigger.FAILED, "connection lost"))
    _, events = walk(NEW, *loop * 20)
    assert events == ["authenticationSuccess", "connectError", "authenticationSuccess"]
    facts, _ = walk(NEW, *CONNECT, Trigger.DROPPED)
    _, events = walk(facts, *loop * 20)
    assert events == ["connectError", "authenticationSuccess"]
    _, events = walk(facts, *(*CONNECT, Trigger.DROPPED) * 20)
    assert events == []


def test_a_flush_announces_everything_anew_but_an_error_is_forgotten() -> None:
    facts, _ = walk(NEW, *CONNECT, Trigger.FLUSH)
    assert facts == Facts(State.PAUSED)
    assert walk(facts, *CONNECT)[1] == ["authenticationSuccess", "accountInitialized"]
    failed = (Trigger.ATTEMPT, (Trigger.FAILED, "no route"))
    assert walk(NEW, *failed, Trigger.FLUSH, *failed)[1] == ["connectError"] * 2


def test_a_recovery_clears_the_error_and_a_failure_stores_one() -> None:
    def effects(facts: Facts, trigger: Trigger) -> tuple[bool, bool]:
        decided = step(facts, trigger, "x")
        return decided.clears_error, decided.stores_error

    assert effects(Facts(State.SYNCING), Trigger.SYNCED) == (True, False)
    assert effects(Facts(State.CONNECTING), Trigger.SIGNED_IN) == (False, False)
    assert effects(NEW, Trigger.ATTEMPT) == (False, False)
    for trigger in (Trigger.STOPPED, Trigger.NOTHING_TO_DO, Trigger.FLUSH):
        assert effects(Facts(State.CONNECTED), trigger) == (True, False)
    for state, trigger in (
        (State.CONNECTING, Trigger.REFUSED),
        (State.SYNCING, Trigger.FAILED),
        (State.CONNECTED, Trigger.DROPPED),
    ):
        assert effects(Facts(state), trigger) == (False, True)


def test_signing_in_does_not_make_earlier_failures_forgotten() -> None:
    facts, _ = walk(NEW, Trigger.ATTEMPT, (Trigger.FAILED, "x"), *CONNECT)
    assert facts.failures == 1
    assert facts.announced is None


@pytest.mark.parametrize(
    ("state", "failures", "expected"),
    [
        (State.INIT, 0, Health.HEALTHY),
        (State.CONNECTING, 0, Health.HEALTHY),
        (State.SYNCING, 0, Health.HEALTHY),
        (State.CONNECTED, 0, Health.HEALTHY),
        (State.CONNECTED, 7, Health.HEALTHY),
        (State.PAUSED, 0, Health.HEALTHY),
        (State.INIT, 1, Health.RECOVERING),
        (State.CONNECTING, 1, Health.RECOVERING),
        (State.SYNCING, 1, Health.RECOVERING),
        (State.DISCONNECTED, 0, Health.RECOVERING),
        (State.DISCONNECTED, 1, Health.RECOVERING),
        (State.AUTHENTICATION_ERROR, 1, Health.FAILING),
        (State.CONNECT_ERROR, 1, Health.FAILING),
        (State.UNSET, 0, Health.STOPPED),
    ],
)
def test_health_says_the_state_in_one_word(state: State, failures: int, expected: Health) -> None:
    assert health(state, failures, stopped=False) is expected


@pytest.mark.parametrize("state", State)
def test_whatever_the_state_an_account_that_is_held_is_stopped(state: State) -> None:
    assert health(state, 0, stopped=True) is Health.STOPPED


def test_the_diagram_has_every_edge_of_the_table_and_no_other() -> None:
    lines = mermaid().splitlines()
    assert lines[:2] == ["stateDiagram-v2", "    [*] --> init: registered"]
    edges = {re.fullmatch(r"    (\w+) --> (\w+): (\w+)", line).groups() for line in lines[2:]}  # type: ignore[union-attr]
    expected = set()
    for trigger, (sources, target) in EXPECTED.items():
        names = ["any"] if sources == _EVERYWHERE else [source.value for source in sources]
        expected |= {(name, target.value, trigger.value) for name in names}
    assert edges == expected
    assert len(lines) == 2 + len(expected)


class Life(RuleBasedStateMachine):
    """Any legal sequence of reports; the machine keeps a second, simpler book of what was told to the outside."""

    def __init__(self) -> None:
        super().__init__()
        self.facts = Facts(State.INIT)
        self.stored_error = False
        self.told: list[str] = []
        self.open_error: str | None = None
        self.signed_in_since_flush = False

    def report(self, trigger: Trigger, fingerprint: str | None = None) -> Step:
        decided = step(self.facts, trigger, fingerprint)
        assert not (decided.clears_error and decided.stores_error)
        self.stored_error = (self.stored_error or decided.stores_error) and not decided.clears_error
        self.facts = decided.after
        self.told.extend(decided.events)
        return decided

    def may(self, trigger: Trigger) -> bool:
        return self.facts.state in TRANSITIONS[trigger][0]

    @rule()
    def attempt(self) -> None:
        assert self.report(Trigger.ATTEMPT).events == ()

    @precondition(lambda self: self.may(Trigger.SIGNED_IN))
    @rule()
    def sign_in(self) -> None:
        decided = self.report(Trigger.SIGNED_IN)
        assert decided.events in ((), ("authenticationSuccess",))
        if not self.signed_in_since_flush:
            assert decided.events == ("authenticationSuccess",)
        self.signed_in_since_flush = True

    @precondition(lambda self: self.may(Trigger.SYNCED))
    @rule()
    def synced(self) -> None:
        was_initialized = self.facts.initialized
        assert self.report(Trigger.SYNCED).events == (() if was_initialized else ("accountInitialized",))
        self.open_error = None

    @precondition(lambda self: self.may(Trigger.FAILED))
    @rule(fingerprint=st.sampled_from("ab"))
    def fail(self, fingerprint: str) -> None:
        self.failed(Trigger.FAILED, fingerprint, "connectError")

    @precondition(lambda self: self.may(Trigger.REFUSED))
    @rule(fingerprint=st.sampled_from("cd"))
    def refuse(self, fingerprint: str) -> None:
        self.failed(Trigger.REFUSED, fingerprint, "authenticationError")

    def failed(self, trigger: Trigger, fingerprint: str, event: str) -> None:
        failures = self.facts.failures
        decided = self.report(trigger, fingerprint)
        assert decided.events == (() if self.open_error == fingerprint else (event,))
        assert decided.after.failures == failures + 1
        self.open_error = fingerprint

    @precondition(lambda self: self.may(Trigger.DROPPED))
    @rule()
    def drop(self) -> None:
        assert self.report(Trigger.DROPPED).events == ()

    @rule(trigger=st.sampled_from([Trigger.STOPPED, Trigger.NOTHING_TO_DO]))
    def end(self, trigger: Trigger) -> None:
        assert self.report(trigger).events == ()
        self.open_error = None

    @rule()
    def flush(self) -> None:
        assert self.report(Trigger.FLUSH).events == ()
        self.open_error = None
        self.signed_in_since_flush = False

    @invariant()
    def a_connected_account_has_no_error(self) -> None:
        if self.facts.state is State.CONNECTED:
            assert not self.stored_error
            assert self.facts.announced is None

    @invariant()
    def a_failed_account_has_an_error(self) -> None:
        if self.facts.state in (State.AUTHENTICATION_ERROR, State.CONNECT_ERROR):
            assert self.stored_error
            assert self.facts.announced == self.open_error is not None

    @invariant()
    def failures_are_counted_upwards(self) -> None:
        assert self.facts.failures >= 0

    @invariant()
    def only_who_signed_in_was_ever_authenticated(self) -> None:
        assert self.facts.ever_authenticated == self.signed_in_since_flush
        assert not self.facts.initialized or self.facts.ever_authenticated


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_a_registered_account_waits_for_a_runner_unless_it_has_nothing_to_connect_to() -> None:
    assert beginning(connects=True) == ((State.INIT, "registered"),)
    assert beginning(connects=False) == ((State.INIT, "registered"), (State.UNSET, NOTHING_TO_DO))
