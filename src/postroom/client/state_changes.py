"""The stream of the state changes of all accounts, whose lines have no position. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypedDict, cast

from postroom.client.errors import Unreachable
from postroom.client.reading import json_object
from postroom.client.request import ApiRequest
from postroom.client.server_sent import Block

__all__ = ["CHANGES_SILENCE", "AccountStateChange", "change_of", "lost"]

CHANGES_SILENCE: Final = 240.0
"""Seconds after which a silent stream counts as broken: the server says something at least every 90 seconds."""


class AccountStateChange(TypedDict):
    """An account reached a state: `key` is the state, `payload` holds the `error` if there is one."""

    account: str
    type: str
    key: str
    payload: Mapping[str, object] | None
    stateLabel: str


def change_of(block: Block) -> AccountStateChange | None:
    """Return the state change of a block, None without one."""
    return cast("AccountStateChange | None", json_object(block.data))


def lost(request: ApiRequest[Any]) -> Unreachable:
    """Return the error for a stream that the server ended."""
    message = (
        "The server ended the stream, and changes from now on are not told. Open it anew, then read the accounts; "
        "or follow `events.stream`, which goes on where it was"
    )
    return Unreachable(message, request=request.label, was_begun=True)
