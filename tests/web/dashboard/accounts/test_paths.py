"""Paths lead to the account they name, whatever its id."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from postroom.web.dashboard.accounts.paths import ADD, account_path, job_path, list_path


@pytest.mark.parametrize("account", ["a", "add", "user@example.com", "a/b", "..", "ä ö?#%2F", "<script>", "a&b=c"])
def test_an_id_is_one_part_of_the_path(account: str) -> None:
    path = account_path(account, "sync")
    root, found, last = path.rsplit("/", 2)
    assert (root, unquote(found), last) == ("/dashboard/accounts", account, "sync")
    assert not set(path) & set('<>"?#& ')


def test_an_account_may_be_called_as_a_page_is() -> None:
    assert account_path("add") != ADD
    assert unquote(account_path("add")) == ADD


def test_the_path_of_an_action_is_below_that_of_actions() -> None:
    assert job_path("ab12") == "/dashboard/bulk/ab12"
    assert job_path("ab12", "stop") == "/dashboard/bulk/ab12/stop"


def test_a_link_to_the_list_says_only_what_is_asked_for() -> None:
    assert list_path({"q": "", "state": ""}) == "/dashboard/accounts"
    assert list_path({"q": "a&b", "state": "init"}) == "/dashboard/accounts?q=a%26b&state=init"
