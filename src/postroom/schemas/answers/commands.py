"""What commands to an account answer."""

from __future__ import annotations

from typing_extensions import TypedDict


class ReconnectAnswer(TypedDict):
    """Whether a reconnect was asked for."""

    success: bool
    reconnect: bool
    account: str


class DisconnectAnswer(TypedDict):
    """Whether the account is being stopped."""

    success: bool
    disconnect: bool
    account: str


class SyncAnswer(TypedDict):
    """Whether a sync was asked for."""

    success: bool
    sync: bool
    account: str


class FlushAnswer(TypedDict):
    """Whether what is known of the mailbox is being thrown away."""

    success: bool
    flush: bool
    account: str
