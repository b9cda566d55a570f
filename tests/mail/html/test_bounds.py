"""Bounds: letters pass unchanged, hostile structure goes and its text stays."""

from __future__ import annotations

import time

import nh3
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
        "<table>" + "<tr><td><font>a <b>b</b> <a href='x?a&amp;b'>c</a></td></tr>" * 100 + "</table>",
    ],
    ids=lambda letter: letter[:8],
)
def test_end_tags_may_be_left_out(letter: str) -> None:
    assert bounded(letter) == letter


def test_deep_structure_ends_at_the_limit_and_the_text_stays() -> None:
    html = bounded("<div>" * 5000 + "one<p>two<script>hidden()</script> &lt; three</p>")
    assert depth_of(html) < MOST_DEPTH + 10
    assert html.endswith("<pre>one\ntwo &lt; three\n")
    assert "hidden" not in html


def test_a_tag_with_too_many_attributes_is_left_out() -> None:
    attributes = " ".join(f"a{number}='x y'" for number in range(MOST_ATTRIBUTES * 2))
    assert bounded("x" * 2000 + f"<p {attributes}>text<b>more") == "x" * 2000 + "<pre>textmore"
    few = "x" * 2000 + "<p title='" + "word " * 1000 + "'>text"
    assert bounded(few) == few


def test_formatting_that_a_parser_repeats() -> None:
    html = "<p>" + "<b>" * 50 + "x" + "<font face='" + "y" * 10_000 + "'><p>z" * 200
    assert bounded(html) != html
    assert len(LexborHTMLParser(bounded(html)).html or "") < 10 * len(html) + 2_000_000


def test_what_is_flat_is_one_element() -> None:
    flat = bounded("<div>" * 401 + "<a href=x>1</a><scr<b>ipt>2</b></script>" + " " * 2000)
    rest = flat[len("<div>") * 400 :].strip()
    assert rest.startswith("<pre>")
    assert rest.count("<") == 1


def test_a_text_in_pieces_reads_the_same() -> None:
    text = "a&amp;b&lt;" * 5_000
    assert bounded(text) != text
    assert nh3.clean(bounded(text), tags=set()) == text


HOSTILE = {
    "breaks in a table": "<table>" + "<br>" * 150_000,
    "breaks behind a cell": "<table><td><b></td>" + "<br>" * 150_000,
    "breaks behind a caption": "<table><td><caption></caption>" + "<br>" * 150_000,
    "breaks behind a column": "<table><td><col>" + "<br>" * 150_000,
    "paragraphs that only end": "<table>" + "</p>" * 150_000,
    "formatting before each row": "<p><b></p><table>" + "x<tr></tr>" * 150_000,
    "formatting in a table": "<table><b>" + "x<tr></tr>" * 150_000,
    "tables with cells": "<table><td>x<b></table>" * 150_000,
    "elements closed in another order": "<a><b><i><u><s><p></a></b></i></u></s></p>" * 30_000,
    "depth in a drawing": "<svg>" + "<col></font>" * 50_000,
    "rows in a formula": "<math>" + "</section><tr></object>" * 20_000,
    "options": "<select>" + "<option>x</option>" * 60_000,
    "ampersands": "&" * 1_000_000,
    "ampersands in lines": ("&" * 70 + "\n") * 15_000,
    "references in an attribute": "<p title='" + "&amp" * 250_000 + "'>",
}


@pytest.mark.long
@pytest.mark.parametrize("html", HOSTILE.values(), ids=HOSTILE.keys())
def test_the_parsers_take_no_time_for_what_is_bounded(html: str) -> None:
    found = bounded(html)
    begun = time.process_time()
    nh3.clean(found)
    LexborHTMLParser(found)
    assert time.process_time() - begun < processor_seconds(2.5)


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
    # A parser adds the body and the row that a cell needs.
    assert depth_of(bounded(html)) < 2 * MOST_DEPTH + 10


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
