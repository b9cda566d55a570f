"""Entities of HTML: written, and undone."""

from __future__ import annotations

import pytest

from postroom.words.html_entities import escaped, unescaped


def test_a_text_says_the_same_in_html_and_quotes_may_stay() -> None:
    assert escaped('<b> & "it\'s"') == "&lt;b&gt; &amp; &quot;it&#x27;s&quot;"
    assert escaped('<b> & "it\'s"', quote=False) == '&lt;b&gt; &amp; "it\'s"'


@pytest.mark.parametrize(
    ("source", "text"),
    [("&lt;&#60;&#x3C;", "<<<"), ("&eacute;&copy 1", "é© 1"), ("a & b &unknown;", "a & b &unknown;"), ("", "")],
)
def test_entities_are_read_as_html5_reads_them(source: str, text: str) -> None:
    assert unescaped(source) == text


@pytest.mark.parametrize("text", ["", "plain", "<a href='x'>&amp;</a>", 'naïve & "ok"'])
def test_what_is_written_is_read_again(text: str) -> None:
    assert unescaped(escaped(text)) == text
