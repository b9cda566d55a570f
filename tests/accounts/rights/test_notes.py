"""Lines of the timeline that tell of settings."""

from __future__ import annotations

from postroom.accounts.rights.notes import CHANGES, is_note


def test_only_what_lists_changes_is_a_note() -> None:
    assert is_note({CHANGES: []})
    assert not is_note({"response": "no"})
    assert not is_note(None)
