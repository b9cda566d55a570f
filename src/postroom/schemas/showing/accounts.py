"""Accounts and their state changes as callers see them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from postroom.accounts.changes.state_change import StateChange
from postroom.accounts.lifecycle import State
from postroom.accounts.model import AccountRow, AccountView, ListItem, TimelineEntry, Waiting
from postroom.accounts.rights.notes import is_note
from postroom.accounts.settings.shapes import Document
from postroom.accounts.settings.values import NOT_LISTED
from postroom.clock import iso
from postroom.connections.quirks.library import matching
from postroom.connections.sockets.implicit_tls import begins_with_tls
from postroom.schemas.showing.times import optional_time

Shown: TypeAlias = dict[str, object]
"""A JSON object of an answer."""

_AS_STORED: Final = (
    "expectedEmail",
    "subconnections",
    "webhooks",
    "webhooksCustomHeaders",
    "proxy",
    "smtpEhloName",
    "locale",
    "tz",
)
_LABELS: Final = {
    State.INIT: "Waiting to connect",
    State.CONNECTING: "Connecting",
    State.SYNCING: "Syncing",
    State.CONNECTED: "Connected",
    State.AUTHENTICATION_ERROR: "Authentication failed",
    State.CONNECT_ERROR: "Connection failed",
    State.DISCONNECTED: "Disconnected",
    State.UNSET: "Nothing to connect to",
    State.PAUSED: "Paused",
}


def account(view: AccountView) -> Shown:
    """Return everything about one account. The secrets in `view` are already masked."""
    # The masked document is shown as it is stored. Parsing it would double the time of this function.
    row, document = view.row, view.masked
    shown: Shown = {
        "account": row.account,
        "name": row.name,
        **_blocks(document),
        **_summary(row, view.last_error, view.counters),
        "stateSince": iso(row.state_since),
        "nextAttempt": optional_time(row.next_attempt),
        "waiting": _waiting(view.waiting),
        "connections": row.connections,
        "server": _server(view),
        "sync": _sync(row, view.sync),
        "syncError": (view.sync or {}).get("error"),
        "created": iso(row.created_at),
        "notifyFrom": document.get("notifyFrom"),
        "syncFrom": document.get("syncFrom"),
        "path": document.get("path") or ["*"],
        "copy": document.get("copy"),
        "logs": bool(document.get("logs")),
        "imapIndexer": document.get("imapIndexer") or "full",
        "metadata": view.metadata,
    }
    shown |= {name: document[name] for name in _AS_STORED if document.get(name)}
    if row.type == "sending":
        shown["sendOnly"] = True
    return shown


def _waiting(waiting: Waiting | None) -> Shown | None:
    return None if waiting is None else {"reason": waiting.reason, "since": iso(waiting.since)}


def _sync(row: AccountRow, sync: Shown | None) -> Shown | None:
    """Return the progress of the sync. Extra connections are shown only while the account is connected."""
    if sync is None:
        return None
    hidden = ("error",) if row.state is State.CONNECTED else ("error", "subconnections")
    return {name: value for name, value in sync.items() if name not in hidden}


def _server(view: AccountView) -> Shown | None:
    """Return what the server reported about itself, with the `quirks` of matching provider profiles."""
    if not view.server:
        return view.server
    imap = view.masked.get("imap")
    profiles = matching(
        str(imap.get("host") or "") if isinstance(imap, dict) else "",
        greeting=str(view.server.get("greeting") or ""),
        capabilities=frozenset(view.server.get("capabilities") or ()),
        server_id=view.server.get("id"),
    )
    quirks = [{"name": profile.name, "effects": profile.effects} for profile in profiles if profile.effects]
    return {**view.server, "quirks": quirks}


def list_item(item: ListItem) -> Shown:
    """Return one line of the list of accounts."""
    shown = _summary(item.row, item.last_error, item.counters)
    shown["waiting"] = _waiting(item.waiting)
    listed = item.listed
    if listed is not NOT_LISTED:
        named = {"webhooks": listed.webhooks, "proxy": listed.proxy, "smtpEhloName": listed.smtp_ehlo_name}
        shown |= {name: value for name, value in named.items() if value}
    if item.metadata:
        shown["metadata"] = item.metadata
    if item.delegation_error:
        shown |= {"type": "invalid", "delegationError": item.delegation_error}
    return shown


def _summary(row: AccountRow, last_error: Shown | None, counters: Mapping[str, int]) -> Shown:
    return {
        "account": row.account,
        "name": row.name,
        "email": row.email,
        "type": row.type,
        "state": row.state,
        "health": row.health,
        "syncTime": row.sync_time,
        # A connected account has no error: clients treat any `lastError` as a problem.
        "lastError": None if row.state is State.CONNECTED else last_error,
        "counters": {
            "sent": counters.get("messageSent", 0),
            "received": counters.get("messageNew", 0),
            "events": counters,
        },
    }


def _blocks(document: Document) -> Shown:
    shown: Shown = {}
    for name in ("imap", "smtp"):
        block = document.get(name)
        if isinstance(block, dict):
            shown[name] = {**server(block), "disabled": bool(block.get("disabled"))}
    oauth2 = document.get("oauth2")
    if isinstance(oauth2, dict):
        shown["oauth2"] = {**oauth2, "enabled": bool(oauth2.get("enabled", True))}
    return shown


def server(block: Mapping[str, Any]) -> Shown:
    """Return the settings of a mail server with the effective value of `secure`."""
    return {**block, "secure": begins_with_tls(block.get("secure"), int(block.get("port") or 0))}


def timeline_entry(entry: TimelineEntry) -> Shown:
    """Return one state change."""
    shown: Shown = {
        "id": entry.id,
        "time": iso(entry.at),
        "state": entry.state,
        "cause": entry.cause,
        "attempt": entry.attempt,
    }
    if entry.detail is not None:
        shown |= entry.detail if is_note(entry.detail) else {"error": entry.detail}
    return shown


def state_change(change: StateChange) -> Shown:
    """Return one line of the stream of changes."""
    return {
        "account": change.account,
        "type": "state",
        "key": change.state,
        "payload": {"error": change.error} if change.error is not None else None,
        "stateLabel": _LABELS[change.state],
    }
