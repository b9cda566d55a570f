"""What the shapes of the room tell besides their fields."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.accounts.lifecycle import Trigger
from postroom.accounts.model import AccountExists, AccountNotFound, Report
from postroom.accounts.rights.notes import is_note


@pytest.mark.parametrize(
    ("detail", "tells_of_settings"),
    [(None, False), ({}, False), ({"response": "NO"}, False), ({"changes": []}, True)],
)
def test_a_line_of_the_timeline_tells_of_settings_or_of_a_state(
    detail: dict[str, Any] | None, tells_of_settings: bool
) -> None:
    assert is_note(detail) is tells_of_settings


def test_a_missing_account_is_told_in_the_words_of_the_api() -> None:
    assert (AccountNotFound().code, str(AccountNotFound())) == (
        "AccountNotFound",
        "Account record was not found for requested ID",
    )


def test_an_id_that_is_taken_says_by_which_account() -> None:
    error = AccountExists("taken", "anna")
    assert (error.code, error.existing) == ("AccountAlreadyExists", "anna")


def test_reports_do_not_share_their_columns() -> None:
    one, other = (Report(Trigger.SIGNED_IN, 0, "signed in") for _ in range(2))
    one.row["connections"] = 1
    assert (other.row, other.status) == ({}, {})
