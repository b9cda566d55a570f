"""Which path shows what: strangers are sent to the sign-in, files are served, and faults become pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from postroom.errors import OutcomeUnknown, StorageUnavailable
from postroom.web.dashboard.routes import PAGES
from tests.fakes.databases import opened
from tests.web.dashboard.desk_site import DeskSite, open_desk


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.method} {page.path}")
async def test_no_page_is_shown_to_a_stranger(desk: DeskSite, page: Any) -> None:
    async with desk.stranger() as person:
        answer = await person.ask(page.method, page.path.replace("{", "").replace("}", ""))
    assert answer.status == 303
    assert answer.location.startswith("/dashboard/sign-in?to=")
    assert answer.text == ""


async def test_a_part_of_a_page_sends_the_whole_page_to_the_sign_in(desk: DeskSite) -> None:
    shown = f"{desk.base}/dashboard/profile?a=1"
    async with desk.stranger() as person:
        answer = await person.open("/", **{"hx-request": "true", "hx-current-url": shown})
    assert (answer.status, answer.text) == (401, "")
    assert answer.headers["hx-redirect"] == "/dashboard/sign-in?to=%2Fdashboard%2Fprofile%3Fa%3D1"


async def test_an_address_that_is_none_leads_to_the_overview_after_signing_in(desk: DeskSite) -> None:
    async with desk.stranger() as person:
        answer = await person.open("/", **{"hx-request": "true", "hx-current-url": "http://["})
    assert answer.headers["hx-redirect"] == "/dashboard/sign-in?to=%2F"


async def test_nul_is_no_name_of_anything(postgres_url: str, tmp_path: Path) -> None:
    """PostgreSQL refuses such a text, and that was a fault of ours."""
    async with opened(postgres_url), open_desk(postgres_url, tmp_path) as desk, desk.operator() as person:
        assert (await person.open("/dashboard/accounts/a%00")).status == 404
        drained = await person.press("/dashboard/nodes/a%00/drain")
        assert drained.location == "/dashboard/nodes"
        ended = await person.press("/dashboard/profile/sessions/end", {"session": "a\0"})
        assert ended.location == "/dashboard/profile"


async def test_files_are_for_everybody_and_may_be_kept(desk: DeskSite) -> None:
    async with desk.stranger() as person:
        for name, kind in (
            ("dashboard.css", "text/css"),
            ("htmx.min.js", "text/javascript"),
            ("icon.svg", "image/svg"),
        ):
            answer = await person.open(f"/dashboard/static/{name}?v=1")
            assert (answer.status, answer.headers["x-content-type-options"]) == (200, "nosniff")
            assert answer.headers["content-type"].startswith(kind)
            assert "immutable" in answer.headers["cache-control"]
        for path in ("none.css", "../app.py", "%2e%2e/app.py", "templates/layout.html", "..css"):
            assert (await person.open(f"/dashboard/static/{path}")).status == 404


async def test_paths_and_methods_that_are_none(desk: DeskSite) -> None:
    async with desk.operator() as person:
        missing = await person.open("/dashboard/none")
        assert (missing.status, "There is no such page" in missing.text) == (404, True)
        wrong = await person.ask("DELETE", "/")
        assert (wrong.status, wrong.headers["allow"]) == (405, "GET, HEAD, POST")
        assert (await person.ask("HEAD", "/dashboard/profile")).status == 200


async def test_every_answer_is_protected(desk: DeskSite) -> None:
    async with desk.operator() as person, desk.stranger() as other:
        answers = [
            await person.open("/"),
            await person.open("/dashboard/none"),
            await other.open("/"),
            await other.open("/dashboard/sign-in"),
        ]
    for answer in answers:
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (StorageUnavailable("secret words"), 503, "Nothing was stored. Try again in a minute"),
        (OutcomeUnknown("secret words"), 503, "It is not known whether this was stored"),
        (RuntimeError("secret words"), 500, "This is a fault of Postroom"),
    ],
)
async def test_a_fault_is_a_page_without_its_cause(
    desk: DeskSite, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, words: str
) -> None:
    async def fail(*_: Any, **__: Any) -> Any:
        raise error

    async with desk.operator() as person:
        monkeypatch.setattr("postroom.access.admins.sessions.AdminSessions.recognise", fail)
        answer = await person.open("/dashboard/profile")
    assert (answer.status, words in answer.text, "secret words" in answer.text) == (status, True, False)


async def test_a_gateway_without_a_dashboard(sqlite_url: str, tmp_path: Path) -> None:
    async with open_desk(sqlite_url, tmp_path, dashboard=False) as desk, desk.stranger() as person:
        front = await person.open("/")
        assert front.status in (302, 303, 307)
        assert "sign-in" not in front.location
        assert (await person.open("/dashboard/sign-in")).status == 404
        assert "application/json" in (await person.open("/dashboard/profile")).headers["content-type"]
