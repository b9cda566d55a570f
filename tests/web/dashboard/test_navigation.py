"""The bar of the dashboard."""

from __future__ import annotations

import pytest

from postroom.web.dashboard.navigation import NAVIGATION, is_within


@pytest.mark.parametrize(
    ("here", "path", "within"),
    [
        ("/", "/", True),
        ("/dashboard/accounts", "/", False),
        ("/dashboard/accounts", "/dashboard/accounts", True),
        ("/dashboard/accounts/a", "/dashboard/accounts", True),
        ("/dashboard/accounts-old", "/dashboard/accounts", False),
    ],
)
def test_where_a_page_is(here: str, path: str, within: bool) -> None:
    assert is_within(here, path) is within


def test_no_path_stands_there_twice() -> None:
    paths = [link.path for group in NAVIGATION for link in group.links]
    assert len(set(paths)) == len(paths)
