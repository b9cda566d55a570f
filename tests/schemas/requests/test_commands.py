"""The bodies of the commands to an account."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.schemas.requests.commands import Disconnect, Flush, Reconnect, Sync
from tests.schemas.checked import problems_of, value_of

SWITCHES = [(Reconnect, "reconnect"), (Disconnect, "disconnect"), (Sync, "sync"), (Flush, "flush")]


@pytest.mark.parametrize(("kind", "name"), SWITCHES)
def test_a_command_is_a_switch(kind: Any, name: str) -> None:
    assert value_of(kind, {}) == {}
    assert value_of(kind, {name: "true"}) == {name: True}
    assert value_of(kind, {name: ""}) == {name: False}
    assert problems_of(kind, {name: "now"}) == {name: "must be true or false"}
    assert problems_of(kind, {"force": True}) == {"force": "is not allowed"}


def test_a_flush_may_say_how_to_go_on() -> None:
    sent = {"flush": 1, "notifyFrom": "2025-01-01", "imapIndexer": "", "syncFrom": None}
    told = {"flush": True, "notifyFrom": "2025-01-01T00:00:00.000Z", "imapIndexer": None, "syncFrom": None}
    assert value_of(Flush, sent) == told
    assert problems_of(Flush, {"notifyFrom": "soon", "imapIndexer": "slow"}) == {
        "notifyFrom": "must be a date in ISO 8601 format",
        "imapIndexer": "must be one of 'full' or 'fast'",
    }
