"""The right to a change, asked in the transaction that makes it, and its note in the timeline."""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa

from postroom.accounts import store
from postroom.accounts.model import SETTINGS_CHANGES, AccountRow
from postroom.accounts.providers import access_of
from postroom.accounts.rights.allowed import ChangeDenied, Changer, denied, names_other_server
from postroom.accounts.rights.exposure import differences
from postroom.accounts.rights.repair import Merging
from postroom.accounts.settings.document import OWN_RECEIVER, PUBLIC_HOSTS

__all__ = ["demand_right", "note"]


def demand_right(conn: sa.Connection, row: AccountRow, change: dict[str, Any], merged: Merging, by: Changer) -> None:
    """Raise ChangeDenied unless `by`, a bound token, may make this change.

    A server that it names must be public, as one that a person names on the pages, and stays so. A receiver that it
    names is not sent the headers of the installation.
    """
    pairs = store.metadata(conn, row.key) if "metadata" in change else {}
    before = {**merged.before, "metadata": pairs}
    after = {**merged.full, "metadata": change.get("metadata") or {}}
    found = denied(before, after, change, by, access_of(conn, merged.full))
    if found:
        raise ChangeDenied(found)
    is_new = names_other_server(before, after) and not by.private_hosts
    if is_new or before.get(PUBLIC_HOSTS):
        merged.full[PUBLIC_HOSTS] = True
    if after.get("webhooks") and (before.get(OWN_RECEIVER) or after["webhooks"] != before.get("webhooks")):
        merged.full[OWN_RECEIVER] = True


def note(
    conn: sa.Connection, row: AccountRow, verb: Literal["changed", "tried"], merged: Merging, by: Changer, at: int
) -> tuple[str, ...]:
    """Write into the timeline what of the settings leads elsewhere than before; return the fields. The state stays."""
    found = differences(merged.before, merged.full)
    fields = tuple(each.field for each in found)
    if found:
        changes = [{"field": each.field, "before": each.before, "after": each.after} for each in found]
        cause = f"settings {verb} by {by.name}: {', '.join(fields)}"
        store.insert_timeline(conn, row.key, row.state, at, cause, detail={SETTINGS_CHANGES: changes})
    return fields
