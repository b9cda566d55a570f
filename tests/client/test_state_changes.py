"""The stream of state changes."""

from __future__ import annotations

import json

from postroom.client.operations.events import changes_request
from postroom.client.server_sent import Block
from postroom.client.state_changes import change_of, lost


def test_a_block_is_a_state_change_or_nothing() -> None:
    change = {"account": "a", "type": "state", "key": "connected", "payload": None, "stateLabel": "Connected"}
    assert change_of(Block(None, "message", json.dumps(change))) == change
    assert change_of(Block("1", "message", "")) is None
    assert change_of(Block(None, "message", "[1]")) is None
    for unreadable in ("{", "[" * 100_000):
        assert change_of(Block(None, "message", unreadable)) is None


def test_an_end_says_that_changes_are_lost_and_what_to_do() -> None:
    error = lost(changes_request())
    assert "not told" in str(error)
    assert "events.stream" in str(error)
