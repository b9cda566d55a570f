"""Accounts and their state changes as callers see them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from postroom.accounts.changes.state_change import StateChange
from postroom.accounts.known.details import SettingsNote
from postroom.accounts.known.last_error import LastError
from postroom.accounts.known.server_told import ServerTold
from postroom.accounts.known.sync_told import SyncTold
from postroom.accounts.lifecycle import State
from postroom.accounts.model import AccountRow, AccountView, ListItem, TimelineEntry, Waiting
from postroom.accounts.settings.shapes import Document
from postroom.accounts.settings.values import NOT_LISTED
from postroom.clock import iso
from postroom.connections.quirks.library import matching
from postroom.connections.sockets.implicit_tls import begins_with_tls
from postroom.oauth2.model import RESERVED_IDS
from postroom.schemas.showing.times import optional_time
from postroom.submission.outbox.lane_state import USUAL, LaneState, LastAttempt

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


def account(view: AccountView, sending: LaneState = USUAL, now: int = 0) -> Shown:
    """Return everything about one account. The secrets in `view` are already masked. `now` is in milliseconds."""
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
        "server": None if view.server is None else _server(view.server, document),
        "sync": None if view.sync is None else _sync(row, view.sync),
        "syncError": None if view.sync is None or view.sync.error is None else view.sync.error.as_row(),
        "smtpStatus": None if sending.last is None else _smtp_status(sending.last),
        "sending": _sending(sending, now),
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
        shown.setdefault("imap", {"disabled": True})
    if "app" in shown:
        shown["baseScopes"] = "imap"
    return shown


def _smtp_status(last: LastAttempt) -> Shown:
    return {
        "status": "ok" if last.is_ok else "error",
        "created": last.created,
        "response": last.response,
        "responseCode": last.reply_code,
        "code": last.code,
        "command": last.command,
        "description": last.advice,
    }


def _sending(sending: LaneState, now: int) -> Shown:
    """Return whether the account sends. A time that its server wanted to have passed is not shown."""
    until = sending.held_until
    is_held = until is not None and until > now
    return {
        "paused": sending.is_paused,
        "held": {"until": optional_time(until), "reason": sending.held_for or ""} if is_held else None,
    }


def _waiting(waiting: Waiting | None) -> Shown | None:
    return None if waiting is None else {"reason": waiting.reason, "since": iso(waiting.since)}


def _sync(row: AccountRow, sync: SyncTold) -> Shown:
    """Return the progress of the sync. Extra connections are shown only while the account is connected."""
    shown = sync.as_row()
    shown.pop("error", None)
    if row.state is not State.CONNECTED:
        shown.pop("subconnections", None)
    return shown


def _server(told: ServerTold, document: Document) -> Shown:
    """Return what the server reported about itself, with the `quirks` of matching provider profiles."""
    imap = document.get("imap")
    profiles = matching(
        str(imap.get("host") or "") if isinstance(imap, dict) else "",
        greeting=told.greeting,
        capabilities=frozenset(told.capabilities),
        server_id=told.identity,
    )
    shown = told.as_row()
    shown["quirks"] = [{"name": profile.name, "effects": profile.effects} for profile in profiles if profile.effects]
    return shown


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


def _summary(row: AccountRow, last_error: LastError | None, counters: Mapping[str, int]) -> Shown:
    shown: Shown = {"account": row.account, "name": row.name, "email": row.email, "type": row.type}
    if row.type not in RESERVED_IDS:
        shown["app"] = row.type
    shown["state"] = row.state
    shown["health"] = row.health
    shown["syncTime"] = row.sync_time
    # A connected account has no error: clients treat any `lastError` as a problem.
    shown["lastError"] = None if row.state is State.CONNECTED or last_error is None else last_error.as_row()
    shown["counters"] = {
        "sent": counters.get("messageSent", 0),
        "received": counters.get("messageNew", 0),
        "events": counters,
    }
    return shown


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
    if isinstance(entry.detail, SettingsNote):
        shown |= entry.detail.as_row()
    elif entry.detail is not None:
        shown["error"] = entry.detail.as_row()
    return shown


def state_change(change: StateChange) -> Shown:
    """Return one line of the stream of changes."""
    return {
        "account": change.account,
        "type": "state",
        "key": change.state,
        "payload": {"error": change.error.as_row()} if change.error is not None else None,
        "stateLabel": _LABELS[change.state],
    }
