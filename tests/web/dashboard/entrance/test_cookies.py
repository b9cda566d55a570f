"""Cookies: closed to scripts and other sites, bound to the host over TLS."""

from __future__ import annotations

import pytest
from starlette.requests import Request
from starlette.responses import Response

from postroom.web.dashboard.entrance import cookies

TEXT = "t" * 43


def request(cookie: str = "", scheme: str = "http", **headers: str) -> Request:
    sent = {**headers, **({"cookie": cookie} if cookie else {})}
    raw = [(name.encode(), value.encode()) for name, value in sent.items()]
    return Request({"type": "http", "scheme": scheme, "server": ("h", 1), "path": "/", "headers": raw})


def given(response: Response) -> dict[str, str]:
    """The attributes of each cookie by its name, in lower case."""
    lines = [value.decode().lower() for name, value in response.raw_headers if name == b"set-cookie"]
    return {line.partition("=")[0]: line for line in lines}


def test_over_tls_the_session_is_bound_to_the_host() -> None:
    response = Response()
    cookies.keep_session(response, TEXT, secure=True)
    line = given(response)["__host-postroom_session"]
    assert all(part in line for part in ("httponly", "samesite=lax", "secure", "path=/", "max-age=604800"))
    assert "domain" not in line
    # An older one without TLS is taken away.
    assert "max-age=0" in given(response)["postroom_session"]


def test_without_tls_the_session_still_is_closed_to_scripts() -> None:
    response = Response()
    cookies.keep_session(response, TEXT, secure=False)
    line = given(response)["postroom_session"]
    assert "httponly" in line
    assert "samesite=lax" in line
    assert "secure" not in line


def test_signing_out_takes_both_away() -> None:
    response = Response()
    cookies.drop_session(response)
    assert all("max-age=0" in line for line in given(response).values())
    assert len(given(response)) == 2


@pytest.mark.parametrize("name", [cookies.DEVICE, cookies.OPENID, cookies.VISIT])
def test_the_others_go_to_the_dashboard_only(name: str) -> None:
    response = Response()
    cookies.keep(response, name, TEXT, secure=True)
    line = given(response)[name]
    assert "path=/dashboard" in line
    assert all(part in line for part in ("httponly", "samesite=lax", "secure"))
    response = Response()
    cookies.keep(response, name, "", secure=True)
    assert "max-age=0" in given(response)[name]


def test_which_session_counts() -> None:
    assert cookies.session_cookie(request(f"postroom_session={TEXT}")) == TEXT
    both = f"postroom_session={'x' * 43}; __Host-postroom_session={TEXT}"
    assert cookies.session_cookie(request(both)) == TEXT
    assert cookies.session_cookie(request("postroom_session=short")) == ""
    assert cookies.session_cookie(request()) == ""


def test_a_visit_keeps_its_cookie_unless_we_did_not_make_it() -> None:
    assert cookies.visit_cookie(request(f"postroom_visit={TEXT}")) == TEXT
    one, other = cookies.visit_cookie(request("postroom_visit=x")), cookies.visit_cookie(request())
    assert len({one, other, TEXT}) == 3


def test_whether_the_browser_speaks_tls() -> None:
    assert cookies.is_encrypted(request(scheme="https"))
    assert cookies.is_encrypted(request(origin="https://mail.example"))
    assert not cookies.is_encrypted(request(origin="http://mail.example"))
    assert not cookies.is_encrypted(request())
