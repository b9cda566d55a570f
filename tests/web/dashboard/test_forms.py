"""Forms of the dashboard: read in full, and only those that its own pages sent to this browser's session."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import Request

from postroom.web.dashboard.forms import SentForm, check_sender, form_token, read_form
from postroom.web.errors import FormRefused, FormTooLarge

KIND = "application/x-www-form-urlencoded"
COOKIE = "c" * 43


def request(body: bytes = b"", **headers: str) -> Request:
    """A request with this body; `_` in the names of headers stands for `-`."""
    given = {
        "content-type": KIND,
        "host": "mail.example",
        **{name.replace("_", "-"): headers[name] for name in headers},
    }

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    raw = [(name.encode(), value.encode("latin-1")) for name, value in given.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": raw}, receive)


async def test_fields_and_lists() -> None:
    form = await read_form(request(b"a=1&b=&a=2&c=%C3%BC+x"))
    assert form == SentForm({"a": "2", "b": "", "c": "ü x"}, {"a": ("1", "2"), "b": ("",), "c": ("ü x",)})


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/json", ""])
async def test_what_other_sites_can_send_without_asking_is_no_form(kind: str) -> None:
    with pytest.raises(FormRefused):
        await read_form(request(b"a=1", **{"content-type": kind}))


@pytest.mark.parametrize("body", [b"a=" + b"x" * (2 * 1024 * 1024), b"&".join([b"a=1"] * 20_001)])
async def test_a_form_has_a_limit(body: bytes) -> None:
    with pytest.raises(FormTooLarge):
        await read_form(request(body))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://mail.example"},
        {"origin": "https://mail.example"},
        {"origin": "https://public.example"},
        {"sec_fetch_site": "same-origin", "origin": "https://behind-a-proxy.example"},
    ],
)
def test_a_form_of_ours(headers: dict[str, str]) -> None:
    form = SentForm({"form_token": form_token(COOKIE)})
    check_sender(request(b"", **headers), form, COOKIE, "https://public.example")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "https://mail.example.evil.example"},
        {"origin": "https://mail.example:444"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site", "origin": "https://sub.mail.example"},
        {"sec_fetch_site": "none"},
        {"origin": "http://["},
    ],
)
def test_a_form_of_another_site_is_refused_even_with_the_token(headers: dict[str, str]) -> None:
    form = SentForm({"form_token": form_token(COOKIE)})
    with pytest.raises(FormRefused):
        check_sender(request(b"", **headers), form, COOKIE, "https://public.example")


@pytest.mark.parametrize("token", ["", form_token("another"), form_token(COOKIE)[:-1], "é", "\ud800"])
def test_a_form_with_the_token_of_another_session_is_refused(token: str) -> None:
    with pytest.raises(FormRefused):
        check_sender(request(), SentForm({"form_token": token}), COOKIE, None)


def test_without_a_cookie_no_token_is_right() -> None:
    with pytest.raises(FormRefused):
        check_sender(request(), SentForm({"form_token": form_token("")}), "", None)
    with pytest.raises(FormRefused):
        check_sender(request(), SentForm(), COOKIE, None)
