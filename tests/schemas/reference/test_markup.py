"""Plain text as HTML: nothing of it is taken for HTML, and what is meant as code is code."""

from __future__ import annotations

import html
import re

import pytest

from postroom.schemas.reference.curl import ORIGIN, Curl
from postroom.schemas.reference.markup import curl_text, json_text, prose


def plain(markup: str) -> str:
    """What a reader sees."""
    return html.unescape(re.sub(r"<[^>]+>", "", markup))


def test_backticks_are_code() -> None:
    assert prose("`imap: false` with `smtp` only sends") == (
        "<code>imap: false</code> with <code>smtp</code> only sends"
    )


@pytest.mark.parametrize("text", ["<b>&", "<script>alert(1)</script>", 'a ` alone & "quotes"', ""])
def test_text_stays_text(text: str) -> None:
    for markup in (prose(text), json_text(text)):
        assert plain(markup) == text
        assert not re.search("<(?!/?span)", markup)


def test_code_stays_text_too() -> None:
    assert prose("`<b>`") == "<code>&lt;b&gt;</code>"


def test_json_has_its_parts_marked_and_reads_the_same() -> None:
    text = '{"a b": "it\\"s <1> 5", "n": [-1.5, 20, true, null]}'
    marked = json_text(text)
    assert plain(marked) == text
    assert re.findall(r'<span class="(\w+)">([^<]*)</span>', marked) == [
        ("key", "&#34;a b&#34;"),
        ("text", "&#34;it\\&#34;s &lt;1&gt; 5&#34;"),
        ("key", "&#34;n&#34;"),
        ("value", "-1.5"),
        ("value", "20"),
        ("value", "true"),
        ("value", "null"),
    ]


def test_a_command_reads_the_same() -> None:
    curl = Curl(f'curl "{ORIGIN}/v1" -H "Authorization: Bearer $TOKEN"', '{"a": 1}')
    marked = curl_text(curl)
    assert plain(marked) == curl.text
    assert f'<span class="origin">{ORIGIN}</span>' in marked
    assert plain(curl_text(Curl(curl.head))) == curl.head


def test_an_origin_takes_the_place_of_the_placeholder() -> None:
    text = str(curl_text(Curl(f'curl "{ORIGIN}/v1/nodes"'), "https://x.example/<b>"))
    assert ORIGIN not in text
    assert "https://x.example/&lt;b&gt;" in text
