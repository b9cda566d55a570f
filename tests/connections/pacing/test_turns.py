"""Whose turn it is: shares by how a host behaved, the order of turns, connections, and what is remembered."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from postroom.connections.pacing.shares import Shares, Standing
from postroom.connections.pacing.turns import REMEMBERED, Cause, Outcome, Turn, Turns


def names(turns: list[Turn]) -> list[str]:
    return [turn.host.name for turn in turns]


def ask(turns: Turns, name: str, times: int = 1, *, urgent: bool = False) -> list[Turn]:
    return [turns.ask(name, 0.0, urgent=urgent) for _ in range(times)]


def known(turns: Turns, name: str, outcome: Outcome) -> None:
    """Let a host have one sign-in that ends so."""
    turn = turns.ask(name, 0.0)
    assert turns.grant(0.0) == [turn]
    turns.finish(turn, outcome, 0.0)


def test_a_healthy_host_has_its_turn_at_once_beside_six_silent_ones() -> None:
    turns = Turns(Shares(per_host=24, total=100))
    for number in range(6):
        ask(turns, f"silent{number}", 30)
    turns.grant(0.0)
    healthy = turns.ask("healthy", 0.0)
    assert turns.grant(0.0) == [healthy]


def test_places_of_silent_hosts_go_round_them() -> None:
    turns = Turns(Shares(per_host=4, total=8))
    for number in range(6):
        known(turns, f"silent{number}", Outcome.SILENT)
    for number in range(6):
        ask(turns, f"silent{number}", 3)
    seen: list[str] = []
    while granted := turns.grant(0.0):
        assert len(granted) <= 2
        seen += names(granted)
        for turn in granted:
            turns.finish(turn, Outcome.SILENT, 0.0)
    assert seen == [f"silent{number}" for number in range(6)] * 3


def test_a_sign_in_that_takes_long_lets_others_in_and_makes_an_unknown_host_a_silent_one() -> None:
    turns = Turns(Shares(per_host=2, total=2))
    ask(turns, "late", 3)
    first, second = turns.grant(0.0)
    other = turns.ask("other", 0.0)
    assert turns.grant(0.0) == []
    turns.takes_long(first)
    assert turns.standing("late") is Standing.SILENT
    assert turns.grant(0.0) == [other]
    assert turns.active == 3
    turns.takes_long(second)
    turns.finish(other, Outcome.ANSWERED, 0.0)
    # Two are still in progress at the host, and so no third one may begin there.
    assert turns.grant(0.0) == []
    turns.finish(first, Outcome.ANSWERED, 0.0)
    assert turns.standing("late") is Standing.ANSWERS
    assert names(turns.grant(0.0)) == ["late"]


@pytest.mark.parametrize(
    ("outcome", "slowly", "before", "after"),
    [
        (Outcome.ANSWERED, False, None, Standing.ANSWERS),
        (Outcome.ANSWERED, True, None, Standing.ANSWERS),
        (Outcome.ANSWERED, False, Outcome.SILENT, Standing.ANSWERS),
        (Outcome.SILENT, False, Outcome.ANSWERED, Standing.SILENT),
        # A connection that is refused at once says nothing; one that is closed after a long time was silent.
        (Outcome.OTHER, False, None, Standing.UNKNOWN),
        (Outcome.OTHER, False, Outcome.ANSWERED, Standing.ANSWERS),
        (Outcome.OTHER, True, Outcome.ANSWERED, Standing.SILENT),
    ],
)
def test_how_a_sign_in_ended_decides_the_standing(
    outcome: Outcome, slowly: bool, before: Outcome | None, after: Standing
) -> None:
    turns = Turns(Shares(per_host=2, total=2))
    if before is not None:
        known(turns, "host", before)
    turn = turns.ask("host", 0.0)
    turns.grant(0.0)
    if slowly:
        turns.takes_long(turn)
    turns.finish(turn, outcome, 0.0)
    assert turns.standing("host") is after


def test_whoever_waits_for_the_answer_has_a_line_apart() -> None:
    turns = Turns(Shares(per_host=1, total=4))
    first, *_ = ask(turns, "crowded", 1000)
    assert turns.grant(0.0) == [first]
    person = turns.ask("crowded", 0.0, urgent=True)
    granted = []
    for _ in range(2):
        turns.finish(first, Outcome.ANSWERED, 0.0)
        (first,) = turns.grant(0.0)
        granted.append(first)
    assert person in granted


def test_without_connections_accounts_wait_and_urgent_ones_have_some_to_spare() -> None:
    turns = Turns(Shares(per_host=5, total=9, connections=2, spare_connections=1))
    stays, ends, waits = ask(turns, "host", 3)
    assert turns.grant(0.0) == [stays, ends]
    turns.finish(stays, Outcome.ANSWERED, 0.0, stays=True)
    assert (turns.cause(waits), turns.grant(0.0)) == (Cause.CONNECTIONS, [])
    urgent, too_many = ask(turns, "host", 2, urgent=True)
    assert turns.grant(0.0) == [urgent]
    turns.finish(urgent, Outcome.ANSWERED, 0.0)
    assert turns.grant(0.0) == [too_many]
    turns.finish(too_many, Outcome.ANSWERED, 0.0)
    turns.finish(ends, Outcome.OTHER, 0.0)
    assert turns.grant(0.0) == [waits]
    turns.finish(waits, Outcome.ANSWERED, 0.0)
    turns.connection_ended()
    assert turns.connections == 0


def test_silent_hosts_hold_a_quarter_of_the_connections_at_most() -> None:
    turns = Turns(Shares(per_host=8, total=100, connections=12))
    for number in range(3):
        known(turns, f"silent{number}", Outcome.SILENT)
    for number in range(3):
        ask(turns, f"silent{number}", 8)
    held: list[Turn] = []
    while granted := turns.grant(0.0):
        held += granted
        for turn in granted:
            turns.takes_long(turn)
    assert len(held) == 3
    # What was not known to be silent has more, but leaves some for hosts that answer.
    for number in range(20):
        held += [turns.ask(f"new{number}", 0.0)]
    assert len(turns.grant(0.0)) == 6
    turns.finish(held[0], Outcome.ANSWERED, 0.0)
    assert sorted(names(turns.grant(0.0))) == ["silent0", "silent0", "silent0", "silent1"]


def test_a_turn_tells_why_it_has_not_come_and_how_many_come_before_it() -> None:
    turns = Turns(Shares(per_host=2, total=3))
    known(turns, "busy", Outcome.ANSWERED)
    known(turns, "silent", Outcome.SILENT)
    busy = ask(turns, "busy", 5)
    assert len(turns.grant(0.0)) == 2
    silent = ask(turns, "silent", 2)
    assert len(turns.grant(0.0)) == 1
    other = turns.ask("other", 0.0)
    assert turns.grant(0.0) == []
    assert (turns.cause(busy[4]), turns.ahead(busy[4])) == (Cause.BUSY_HOST, 2)
    assert (turns.cause(silent[1]), turns.ahead(silent[1])) == (Cause.SILENT_HOST, 0)
    assert (turns.cause(other), turns.ahead(other)) == (Cause.BUSY_PROCESS, 0)
    waiting = [turn for turn in (*busy, *silent, other) if turn.waits]
    assert turns.causes() == Counter(turns.cause(turn) for turn in waiting)
    assert len(turns.causes()) == 3
    turns.withdraw(busy[2])
    assert turns.ahead(busy[4]) == 1
    turns.pause("busy", 10, 0.0)
    assert turns.cause(busy[4]) is Cause.PAUSED


def test_what_is_not_worth_remembering_is_forgotten() -> None:
    turns = Turns(Shares(per_host=2, total=200))
    for number in range(100):
        known(turns, f"host{number}", Outcome.SILENT)
    turns.pause("host0", 10, 0.0)
    assert turns.known_hosts == 100
    turns.ask("new", REMEMBERED - 1)
    assert turns.known_hosts == 101
    turns.ask("new", REMEMBERED + 100)
    assert turns.known_hosts == 1
    assert turns.standing("host1") is Standing.UNKNOWN


@pytest.mark.parametrize("seed", range(20))
def test_whatever_happens_bounds_hold_and_nothing_is_left_over(seed: int) -> None:
    """Random asks, ends, delays, pauses and withdrawals; at the end every turn has come or was withdrawn."""
    chance = random.Random(seed)
    shares = Shares(chance.randint(1, 5), chance.randint(1, 8), chance.choice([None, 3, 10]), chance.randint(0, 2))
    turns, now = Turns(shares), 0.0
    waiting: list[Turn] = []
    running: list[Turn] = []
    slow: set[Turn] = set()
    open_connections = 0
    for _ in range(2000):
        now += chance.random()
        match chance.randrange(7):
            case 0 | 1 | 2:
                waiting.append(turns.ask(f"h{chance.randrange(6)}", now, urgent=chance.random() < 0.2))
            case 3 if waiting:
                turns.withdraw(waiting.pop(chance.randrange(len(waiting))))
            case 4 if running:
                turn = chance.choice(running)
                if turn not in slow:
                    turns.takes_long(turn)
                    slow.add(turn)
            case 5 if running:
                turn = running.pop(chance.randrange(len(running)))
                slow.discard(turn)
                stays = chance.random() < 0.3
                open_connections += stays
                turns.finish(turn, chance.choice(list(Outcome)), now, stays=stays)
            case 6 if open_connections:
                open_connections -= 1
                turns.connection_ended()
            case _:
                turns.pause(f"h{chance.randrange(6)}", 1.0, now)
        for turn in turns.grant(now):
            waiting.remove(turn)
            running.append(turn)
        at_hosts = Counter(turn.host.name for turn in running)
        assert max(at_hosts.values(), default=0) <= shares.per_host
        assert len(running) - len(slow) <= shares.total
        assert turns.connections == len(running) + open_connections
        if shares.connections is not None:
            assert turns.connections <= shares.connections + shares.spare_connections
        assert (turns.active, turns.in_line) == (len(running), len(waiting))
    while waiting or running:
        now += 1000
        for turn in running:
            turns.finish(turn, Outcome.ANSWERED, now)
        for _ in range(open_connections):
            turns.connection_ended()
        open_connections = 0
        running = turns.grant(now)
        assert running or not waiting
        for turn in running:
            waiting.remove(turn)
    assert (turns.active, turns.connections) == (0, 0)
