"""The types of answers to account commands."""

from __future__ import annotations

from typing_extensions import TypedDict


class ReconnectAnswer(TypedDict):
    """Whether a reconnect was requested."""

    success: bool
    reconnect: bool
    account: str


class DisconnectAnswer(TypedDict):
    """Whether the account is being stopped."""

    success: bool
    disconnect: bool
    account: str


class SyncAnswer(TypedDict):
    """Whether a sync was requested."""

    success: bool
    sync: bool
    account: str


class FlushAnswer(TypedDict):
    """Whether the stored state of the mailbox is being discarded."""

    success: bool
    flush: bool
    account: str
