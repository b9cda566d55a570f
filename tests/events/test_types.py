"""The public names and bodies of the life-cycle events."""

from __future__ import annotations

import pytest

from postroom.events import types
from postroom.events.types import ANNOUNCED, EVENT_NAMES, AccountEvent, MessageNew
from postroom.mail.shapes import MessageObject

ERROR = {"response": "NO", "serverResponseCode": "AUTHENTICATIONFAILED"}


@pytest.mark.parametrize(
    ("event", "name", "data"),
    [
        (types.account_added("a"), "accountAdded", {"account": "a"}),
        (types.account_deleted("a"), "accountDeleted", {"account": "a"}),
        (types.authentication_success("u"), "authenticationSuccess", {"user": "u"}),
        (types.account_initialized(), "accountInitialized", {"initialized": True}),
        (types.authentication_error(ERROR), "authenticationError", ERROR),
        (types.connect_error(ERROR), "connectError", ERROR),
    ],
)
def test_life_cycle_events_have_their_public_name_and_data(
    event: AccountEvent, name: str, data: dict[str, object]
) -> None:
    assert (event.name, event.data(), event.path, event.special_use) == (name, data, None, None)
    assert name in ANNOUNCED


def test_a_new_message_is_announced_with_its_folder() -> None:
    message: MessageObject = {"id": "AAA", "uid": 1, "path": "Sent", "flags": [], "subject": "", "to": []}
    event = MessageNew("Sent", "\\Sent", message)
    assert (event.name, event.path, event.special_use, event.data()) == ("messageNew", "Sent", "\\Sent", message)


def test_every_name_is_listed_once() -> None:
    assert len(set(EVENT_NAMES)) == len(EVENT_NAMES)
    assert set(ANNOUNCED) <= set(EVENT_NAMES)
