"""What the shapes of the room tell besides their fields."""

from __future__ import annotations

from postroom.accounts.model import AccountExists, AccountNotFound


def test_a_missing_account_is_told_in_the_words_of_the_api() -> None:
    assert (AccountNotFound().code, str(AccountNotFound())) == (
        "AccountNotFound",
        "Account record was not found for requested ID",
    )


def test_an_id_that_is_taken_says_by_which_account() -> None:
    error = AccountExists("taken", "anna")
    assert (error.code, error.existing) == ("AccountAlreadyExists", "anna")
