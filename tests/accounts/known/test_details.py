"""The details of lines of the timeline."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from postroom.accounts.known.details import SettingsNote, detail_of
from postroom.accounts.known.last_error import LastError
from postroom.accounts.rights.exposure import MovedSetting

NOTE = {"changes": [{"field": "imap.host", "before": None, "after": "mail.example.com"}]}


def test_a_note_of_settings_is_stored_as_it_was_read() -> None:
    note = SettingsNote((MovedSetting("imap.host", None, "mail.example.com"),))
    assert (detail_of(NOTE), note.as_row()) == (note, NOTE)
    assert orjson.dumps(note.as_row()) == orjson.dumps(NOTE)


@pytest.mark.parametrize(
    ("row", "detail"),
    [
        (None, None),
        ({}, LastError(None)),
        ({"response": "NO"}, LastError("NO")),
        ({"changes": []}, SettingsNote(())),
    ],
)
def test_only_what_lists_changes_is_a_note(row: dict[str, Any] | None, detail: object) -> None:
    assert detail_of(row) == detail
