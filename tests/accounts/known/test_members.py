"""Members of stored objects that this version doesn't know."""

from __future__ import annotations

from postroom.accounts.known.members import unknown_members


def test_only_what_is_not_known_is_kept() -> None:
    assert unknown_members({"a": 1, "later": [2]}, frozenset({"a", "b"})) == {"later": [2]}
    assert unknown_members({"a": 1}, frozenset({"a", "b"})) is None
