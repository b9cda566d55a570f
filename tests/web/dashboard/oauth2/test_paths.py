"""Paths hold any id."""

from __future__ import annotations

from postroom.web.dashboard.oauth2.paths import app_path


def test_ids_are_escaped() -> None:
    assert app_path("a/b") == "/dashboard/oauth2/a%2Fb"
    assert app_path("new", "edit") == "/dashboard/oauth2/new/edit"
