"""Reading a log: everything up to now, in order, at most as many lines as are allowed."""

from __future__ import annotations

import json

from postroom.protocol_logs.service import ProtocolLogs
from postroom.protocol_logs.taps import Taps
from tests.protocol_logs.conftest import LoggedHouse, spoken


def logs_of(house: LoggedHouse) -> ProtocolLogs:
    recorder = house.recorder()
    return ProtocolLogs(house.db, house.runtime, Taps(db=house.db, runtime=house.runtime, keep=recorder.keep), recorder)


async def test_lines_that_were_just_heard_are_there(logged_house: LoggedHouse) -> None:
    await logged_house.add("a1")
    logs = logs_of(logged_house)
    assert await logs.lines("a1") == []
    logs.recorder.keep(spoken("one"))
    logs.recorder.keep(spoken("two"))
    assert [json.loads(line)["text"] for line in await logs.lines("a1")] == ["one", "two"]
    assert await logs.lines("nobody") == []
    assert await logs.lines("no\0body") == []


async def test_there_are_never_more_lines_than_allowed(logged_house: LoggedHouse) -> None:
    await logged_house.add("a1")
    await logged_house.runtime.update({"logs": {"maxLogLines": 3}})
    logs = logs_of(logged_house)
    for number in range(10):
        logs.recorder.keep(spoken(str(number)))
    assert [json.loads(line)["text"] for line in await logs.lines("a1")] == ["7", "8", "9"]
