"""Who is let in, and where the sign-in sends people afterwards."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from postroom.access.admins.model import Browser
from postroom.web.dashboard.guard import browser_of, own_path
from tests.web.dashboard.desk_site import SESSION, DeskSite, Operator


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?a=1",
        "/dashboard/accounts",
        "/dashboard/accounts?state=connected&page=2",
        "/dashboard/accounts/a@b.example",
    ],
)
def test_a_page_of_the_dashboard(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "",
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "/dashboard\\..\\evil",
        "/dashboard//evil.example",
        "/%0d%0aset-cookie:x=1\r\n",
        "/dashboard/x\r\nset-cookie: a=b",
        "/dashboard/\x00",
        "javascript:alert(1)",
        "/v1/accounts",
        "/dashboard/sign-in?to=/",
        "/dashboard/sign-out",
        "/dashboard/" + "x" * 500,
    ],
)
def test_anything_else_leads_to_the_overview(path: str) -> None:
    assert own_path(path) == "/"


async def test_only_a_session_that_we_opened_is_let_in(desk: DeskSite) -> None:
    cookie = await desk.session()
    for wrong in ("x" * 43, cookie[:-1] + ("A" if cookie[-1] != "A" else "B"), cookie + "A", "é"):
        async with Operator(desk.base) as person:
            answer = await person.open("/dashboard/profile", cookie=f"{SESSION}={wrong}")
            assert answer.status == 303
    async with Operator(desk.base) as person:
        assert (await person.open("/dashboard/profile", cookie=f"{SESSION}={cookie}")).status == 200
        assert (await person.open("/dashboard/profile", cookie=f"__Host-{SESSION}={cookie}")).status == 200


async def test_a_session_of_openid_ends_when_that_is_switched_off(desk: DeskSite) -> None:
    opened = await desk.gateway.desk.sessions.open("jo@example.com", "openid", Browser())
    async with Operator(desk.base, opened.cookie) as person:
        assert (await person.open("/dashboard/profile")).status == 303


async def test_an_api_token_is_no_way_in(desk: DeskSite) -> None:
    async with desk.stranger() as person:
        answer = await person.open("/dashboard/profile", authorization="Bearer the operator's own token")
        assert answer.status == 303


def test_where_a_request_comes_from(desk: DeskSite) -> None:
    known = desk.gateway.desk
    mark = known.admins.mark_device(Browser(device="here"))
    headers = [
        (b"user-agent", b"Firefox"),
        (b"cookie", f'postroom_device="{mark}"'.encode()),
        (b"x-forwarded-for", b"1.2.3.4"),
    ]
    request = Request({"type": "http", "headers": headers, "client": ("192.0.2.1", 1)})
    assert browser_of(known, request) == Browser("192.0.2.1", "Firefox", "here")
