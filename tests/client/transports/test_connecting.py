"""The address and the token, and the meaning of httpx's errors."""

from __future__ import annotations

import traceback

import httpx
import pytest

from postroom.client.retries import Retries
from postroom.client.transports.connecting import Connecting, unreachable

TOKEN = "geheim-und-lang-genug"


def to(url: str, token: str = TOKEN) -> Connecting:
    return Connecting.to(url, token, timeout=60, retries=Retries())


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
        (" https://postroom.example.com/ ", "https://postroom.example.com"),
        ("https://example.com/mail/", "https://example.com/mail"),
    ],
)
def test_an_address_is_taken(given: str, url: str) -> None:
    assert to(given).url == url


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "127.0.0.1:3000",
            "ftp://example.com",
            "https://",
            "http://u:geheim-und@h",
            "http://h?x=1",
            "http://h:port",
        ),
        *("http://[::1", "http://h:99999", "http://a..b", "http://xn--a/", "http://h/\x01", "http://\udcff"),
        f"http://{'a' * 64}.example",
    ],
)
def test_another_address_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match=r"URL|Port|port") as caught:
        to(url)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("token", ["geheim\r\nX: y", "geheimü", "geheim\0"])
def test_a_token_that_is_no_header_is_refused_and_not_repeated(token: str) -> None:
    with pytest.raises(ValueError, match="ASCII") as caught:
        to("http://h", token)
    shown = "".join(traceback.format_exception(caught.value))
    assert token not in shown


def test_the_token_is_not_shown_and_its_line_end_is_nothing() -> None:
    connecting = to("http://h", f"{TOKEN}\n")
    assert TOKEN not in repr(connecting)
    assert connecting.headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("error", "was_begun"),
    [
        (httpx.ConnectError("refused"), False),
        (httpx.ConnectTimeout(""), False),
        (httpx.PoolTimeout(""), False),
        (httpx.ReadTimeout(""), True),
        (httpx.WriteTimeout(""), True),
        (httpx.ReadError("reset"), True),
        (httpx.WriteError("reset"), True),
        (httpx.RemoteProtocolError("Server disconnected"), True),
    ],
)
def test_only_what_certainly_did_not_begin_counts_as_not_begun(error: httpx.HTTPError, was_begun: bool) -> None:
    found = unreachable(error, "POST /v1/x", to("http://h"))
    assert found.was_begun is was_begun
    assert ("look before you ask again" in str(found)) is was_begun
    assert "POST /v1/x at http://h" in str(found)
