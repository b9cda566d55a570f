"""Members of stored JSON objects that this version of Postroom doesn't know. Pure."""

from __future__ import annotations

from collections.abc import Mapping


def unknown_members(row: Mapping[str, object], known: frozenset[str]) -> Mapping[str, object] | None:
    """Return the members that only another version knows, None without any. They are shown as they were stored."""
    if known.issuperset(row):
        return None
    return {name: value for name, value in row.items() if name not in known}
