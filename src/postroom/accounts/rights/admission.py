"""Checks the right to a change in the transaction that makes it, and notes the change in the timeline."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from postroom.accounts import store
from postroom.accounts.known.details import SettingsNote
from postroom.accounts.model import AccountRow
from postroom.accounts.providers import access_of
from postroom.accounts.rights.allowed import ChangeDenied, Changer, Proposal, denied, names_other_server
from postroom.accounts.rights.exposure import differences
from postroom.accounts.rights.repair import Merging
from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.shapes import Document
from postroom.storage.statements.connection import Connection

__all__ = ["demand_right", "note"]


def demand_right(conn: Connection, row: AccountRow, change: Document, merged: Merging, by: Changer) -> Merging:
    """Return a change with the restrictions for `by`, a bound token. Raises ChangeDenied.

    A new server must be public, as on the hosted pages, and this restriction stays. A new webhook receiver does not get
    the headers of the installation.
    """
    before, after = merged.before, merged.after
    other_metadata = "metadata" in change and (change["metadata"] or {}) != store.metadata(conn, row.key)
    proposal = Proposal(before, after, settings_of(change), other_metadata)
    found = denied(proposal, by, access_of(conn, after))
    if found:
        raise ChangeDenied(found)
    if before.public_hosts or (names_other_server(before, after) and not by.private_hosts):
        after = replace(after, public_hosts=True)
    if after.webhooks and (before.own_receiver or after.webhooks != before.webhooks):
        after = replace(after, own_receiver=True)
    return replace(merged, after=after)


def note(
    conn: Connection, row: AccountRow, verb: Literal["changed", "tried"], merged: Merging, by: Changer, at: int
) -> tuple[str, ...]:
    """Note in the timeline which settings now lead elsewhere, and return these fields. The state stays."""
    found = differences(merged.before, merged.after)
    fields = tuple(each.field for each in found)
    if found:
        cause = f"settings {verb} by {by.name}: {', '.join(fields)}"
        store.insert_timeline(conn, row.key, row.state, at, cause, detail=SettingsNote(tuple(found)))
    return fields
