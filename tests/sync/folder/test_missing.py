"""Messages that cannot be fetched."""

from __future__ import annotations

import json

from postroom.imap.sets import UidSet
from postroom.sync.folder.missing import Missing, due, failed_again, from_json, next_due, to_json, without


def test_a_message_is_tried_three_times_again_and_then_reported_once() -> None:
    register: dict[int, Missing] = {}
    now = 1_000_000
    for delay in (1000, 1700, 2890):
        register, reported = failed_again(register, [7], now)
        assert reported == []
        assert not due(register, now + delay - 1)
        now += delay
        assert list(due(register, now)) == [7]
    register, (report,) = failed_again(register, [7], now)
    assert (report.tries, now - report.since) == (3, 5590)
    assert next_due(register) is None
    assert failed_again(register, [7], now + 60_000) == (register, [])


def test_what_was_fetched_is_forgotten() -> None:
    register, _ = failed_again({}, [7, 8], 0)
    assert list(without(register, UidSet([(7, 7)]))) == [8]


def test_the_register_survives_being_stored() -> None:
    register, _ = failed_again({}, [7, 8], 5)
    register[8] = Missing(8, 3, 1, None)
    assert from_json(json.loads(json.dumps(to_json(register)))) == register
    assert register[8].is_reported
    assert from_json(None) == {}
    assert to_json({}) is None
