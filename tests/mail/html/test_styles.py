"""Style attributes: harmless declarations stay, anything that is not understood goes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.mail.html.styles import safe_style
from tests.fakes.slowness import processor_seconds


def kept(url: str) -> str | None:
    return url if url.startswith("https://") else None


@pytest.mark.parametrize(
    ("style", "safe"),
    [
        ("", ""),
        ("color: red", "color:red"),
        (" COLOR : Red ;; width:10px; ", "color:Red;width:10px"),
        ("font-family:'Segoe UI', \"A B\", sans-serif", "font-family:'Segoe UI', \"A B\", sans-serif"),
        ("color:red !important", "color:red !important"),
        ("color:rgb(1, 2, 3);width:calc(100% / 2)", "color:rgb(1, 2, 3);width:calc(100% / 2)"),
        ("width:calc(0px - 500px);font-family:'A;B';color:red", "color:red"),
        ("mso-line-height-rule:exactly;color:red", "color:red"),
        ("position:absolute;top:0;z-index:9;color:red", "color:red"),
        ("margin:-5px;padding:5px", "padding:5px"),
        ("margin:0 auto -1em", ""),
        ("letter-spacing:-1px", "letter-spacing:-1px"),
        ("color:r/* ; */ed", "color:r ed"),
        ("width:expression(alert(1));color:red", "color:red"),
        (r"color:\72 ed", ""),
        ("color:red}body{color:blue", ""),
        ("color:<b>", ""),
        ("--x:1;color:var(--x)", ""),
        ("color", ""),
        ("color:", ""),
        ("background:url(https://x.example/a.png) no-repeat", 'background:url("https://x.example/a.png") no-repeat'),
        ("background-image:url( 'https://x.example/a;b' )", 'background-image:url("https://x.example/a;b")'),
        ("background:#fff url(javascript:alert(1))", ""),
        ("background:#fff url(http://x.example/)", "background:#fff"),
        ("background-image:url(http://x.example/)", ""),
        ("background-image:URL(https://x.example/\"')", ""),
        ("background:url(https://x.example/a b)", ""),
        ("list-style:url(https://x.example/)", ""),
        ("color:url(https://x.example/)", ""),
        ("content:'x'", ""),
    ],
)
def test_declarations(style: str, safe: str) -> None:
    assert safe_style(style, kept) == safe


def test_another_url_takes_the_place_of_an_image() -> None:
    asked: list[str] = []

    def replaced(url: str) -> str:
        asked.append(url)
        return "data:image/png;base64,eA=="

    assert safe_style("background:url(cid:a);color:red", replaced) == (
        'background:url("data:image/png;base64,eA==");color:red'
    )
    assert asked == ["cid:a"]


def test_a_url_that_would_leave_its_quotes_is_left_out() -> None:
    assert safe_style("background:red url(cid:a)", lambda _url: 'x");position:fixed;a:url("') == "background:red"


@given(st.text("acolrigbudn-:;\"'()/*\\<>{} \tpxe1", max_size=60))
def test_what_is_safe_stays_as_it_is(style: str) -> None:
    safe = safe_style(style, kept)
    assert safe_style(safe, kept) == safe
    assert not set(safe) & set("\\<>{}")


@pytest.mark.parametrize(
    "piece", ["(", "'", '"', "/*", "url(", "a:(", ";", "color:rgb(", "background:url( ", "background: "]
)
def test_a_long_style_costs_little(piece: str) -> None:
    begun = time.process_time()
    for prefix in ("", "background:", "color:"):
        safe_style(prefix + piece * (9_000 // len(piece)), kept)
    assert time.process_time() - begun < processor_seconds(1)


def test_a_style_without_end_is_none() -> None:
    assert safe_style("color:red;" * 2000, kept) == ""
