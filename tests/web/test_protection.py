"""Headers of every page, and forms that only the browser they were shown to can send."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from postroom.web.protection import (
    COOKIE,
    cookie_of,
    desk_headers,
    form_token,
    framed_headers,
    headers,
    is_genuine,
)


def request(cookie: str | None) -> Request:
    sent = [(b"cookie", f"{COOKIE}={cookie}".encode("latin-1"))] if cookie is not None else []
    return Request({"type": "http", "headers": sent})


def test_the_policy() -> None:
    policy = headers()["content-security-policy"]
    assert policy.startswith(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self';"
    )
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_a_page_shows_a_frame_only_where_it_says_so() -> None:
    assert "frame-src" not in desk_headers()["content-security-policy"]
    holder = desk_headers(holds_frame=True)
    assert holder["content-security-policy"] == f"{desk_headers()['content-security-policy']}; frame-src 'self'"
    assert holder["x-frame-options"] == "DENY"


def test_mail_in_a_frame_loads_and_runs_nothing() -> None:
    framed = framed_headers()
    policy = framed["content-security-policy"].split("; ")
    assert {"default-src 'none'", "img-src data:", "form-action 'none'", "frame-ancestors 'self'"} <= set(policy)
    sandbox = next(each for each in policy if each.startswith("sandbox "))
    assert "allow-scripts" not in sandbox
    assert "allow-same-origin" not in sandbox
    assert not [each for each in policy if each.startswith(("script-src", "connect-src", "frame-src"))]
    assert framed["x-frame-options"] == "SAMEORIGIN"


@pytest.mark.parametrize(
    ("logo", "source"),
    [
        ("https://cdn.example/a/logo.svg?x=1", "https://cdn.example"),
        ("http://user:secret@cdn.example:8080/logo.svg", "http://cdn.example:8080"),
        ("https://cdn.example;script-src * /logo.svg", "https://cdn.examplescript-src"),
    ],
)
def test_a_logo_adds_its_origin_and_nothing_else(logo: str, source: str) -> None:
    assert f"img-src 'self' {source};" in headers(logo)["content-security-policy"]


def test_a_token_is_for_one_browser_and_one_link() -> None:
    cookie = cookie_of(request(None))
    assert cookie_of(request(cookie)) == cookie
    token = form_token("secret", "link", cookie)
    assert is_genuine(request(cookie), "secret", "link", token)
    assert not is_genuine(request(cookie), "secret", "another link", token)
    assert not is_genuine(request(cookie), "another secret", "link", token)
    assert not is_genuine(request(cookie_of(request(None))), "secret", "link", token)
    assert not is_genuine(request(None), "secret", "link", token)
    for wrong in ("", token[:-1], "é\ud800"):
        assert not is_genuine(request(cookie), "secret", "link", wrong)


@pytest.mark.parametrize("cookie", ["", "short", "é" * 43, "x" * 44])
def test_a_cookie_we_did_not_make_is_replaced(cookie: str) -> None:
    assert cookie_of(request(cookie)) != cookie
    assert not is_genuine(request(cookie), "secret", "link", form_token("secret", "link", cookie))
