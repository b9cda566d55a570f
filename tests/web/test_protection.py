"""Headers of every page, and forms that only the browser they were shown to can send."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from postroom.web.protection import COOKIE, cookie_of, form_token, headers, is_genuine


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
