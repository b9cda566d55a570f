"""Bounds: letters pass unchanged, hostile structure goes and its text stays."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from postroom.mail.html.bounds import MOST_ATTRIBUTES, MOST_DEPTH, bounded
from tests.fakes.slowness import processor_seconds

LETTER = "<table><tr><td style='a: \">\"'><p>Hello <b>you</b><br></td></tr></table><ul><li>a<li>b</ul><!-- x -->" * 3000


def depth_of(html: str) -> int:
    deepest = 0
    stack = [(LexborHTMLParser(html).root, 0)]
    while stack:
        node, depth = stack.pop()
        while node is not None:
            deepest = max(deepest, depth)
            if node.first_child is not None:
                stack.append((node.first_child, depth + 1))
            node = node.next
    return deepest


def test_a_long_letter_passes_unchanged() -> None:
    assert bounded(LETTER) == LETTER


@pytest.mark.parametrize(
    "letter",
    [
        "<p>a" * 5000,
        "<li>a" * 5000,
        "<tr><td>a" * 5000,
        "<br>" * 5000,
        "<b>a</b>" * 5000,
        "<table><tr><td><p>a</table>" * 999,
        "<ul><li><p>a</ul>" * 999,
        "a < b > c " * 1000,
    ],
    ids=lambda letter: letter[:8],
)
def test_end_tags_may_be_left_out(letter: str) -> None:
    assert bounded(letter) == letter


def test_deep_structure_ends_at_the_limit_and_the_text_stays() -> None:
    html = bounded("<div>" * 5000 + "one<p>two<script>hidden()</script> &lt; three</p>")
    assert depth_of(html) < MOST_DEPTH + 10
    assert html.endswith("one<br>two &lt; three<br>")
    assert "hidden" not in html


def test_a_tag_with_too_many_attributes_is_left_out() -> None:
    attributes = " ".join(f"a{number}='x y'" for number in range(MOST_ATTRIBUTES * 2))
    assert bounded("x" * 2000 + f"<p {attributes}>text<b>more") == "x" * 2000 + "textmore"
    few = "x" * 2000 + "<p title='" + "word " * 1000 + "'>text"
    assert bounded(few) == few


def test_formatting_that_a_parser_repeats() -> None:
    html = "<p>" + "<b>" * 50 + "x" + "<font face='" + "y" * 10_000 + "'><p>z" * 200
    assert bounded(html) != html
    assert len(LexborHTMLParser(bounded(html)).html or "") < 10 * len(html) + 2_000_000


def test_what_is_flat_has_no_tags_but_line_breaks() -> None:
    flat = bounded("<div>" * 401 + "<a href=x>1</a><scr<b>ipt>2</b></script>" + " " * 2000)
    rest = flat[len("<div>") * 400 :].strip()
    assert rest.replace("<br>", "").count("<") == 0


@given(
    st.lists(
        st.sampled_from(
            [
                "<div>",
                "<b>",
                "</div>",
                "<p a='",
                "'>",
                "x",
                "<!--",
                "-->",
                "<",
                "<td>",
                "<table>",
                "</table>",
                "<li>",
                "</ul>",
            ]
        ),
        max_size=30,
    )
)
def test_never_fails_and_never_deep(pieces: list[str]) -> None:
    html = "".join(pieces) * 200
    assert depth_of(bounded(html)) < MOST_DEPTH + 300


@pytest.mark.parametrize(
    "html",
    [
        "<" * 1_000_000,
        "<!--" * 250_000,
        "<a " * 300_000,
        "<a '" * 250_000,
        "<a b='" * 150_000,
        "<a =" * 250_000,
        "<div>" * 200_000,
        "<!" * 500_000,
        "<a/" * 300_000,
        "</" * 500_000,
        "<div><p><li><td></div>" * 50_000,
        "<td><li>" * 150 + "</tr>" * 200_000,
    ],
    ids=lambda html: html[:6],
)
def test_costs_in_proportion_to_the_length(html: str) -> None:
    begun = time.process_time()
    bounded(html)
    assert time.process_time() - begun < processor_seconds(4)
