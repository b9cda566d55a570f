"""The paths of the dashboard."""

from __future__ import annotations

from postroom.web.app import DASHBOARD
from postroom.web.dashboard.navigation import NAVIGATION
from postroom.web.dashboard.routes import PAGES


def test_a_path_has_one_screen_for_a_method_and_belongs_to_the_dashboard() -> None:
    names = [(page.method, page.path) for page in PAGES]
    assert len(set(names)) == len(names)
    assert {page.method for page in PAGES} == {"GET", "POST"}
    front, folder = DASHBOARD
    assert [page.path for page in PAGES if page.path != front and not page.path.startswith(f"{folder}/")] == []


def test_every_link_of_the_bar_leads_to_a_page() -> None:
    known = {page.path for page in PAGES if page.method == "GET"} | {"/docs"}
    assert {link.path for group in NAVIGATION for link in group.links} <= known
