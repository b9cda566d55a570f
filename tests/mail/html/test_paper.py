"""Lines with margins."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from postroom.mail.html.paper import MOST_EMPTY, MOST_MARGINS, Margins, Paper


def test_the_first_line_of_a_margin_differs() -> None:
    paper = Paper()
    paper.margins.open("> ", "> ")
    paper.margins.open("1. ", "   ")
    paper.write("a")
    paper.end_line()
    paper.write("b")
    assert paper.text() == "> 1. a\n>    b"


def test_an_empty_line_has_the_margins_that_its_neighbours_share() -> None:
    paper = Paper()
    paper.margins.open("> ", "> ")
    paper.write("a")
    paper.begin_block(1)
    paper.write("b")
    paper.begin_block(1)
    paper.margins.close()
    paper.write("c")
    assert paper.text() == "> a\n>\n> b\n\nc"


def test_margins_have_a_limit() -> None:
    margins = Margins()
    for _ in range(MOST_MARGINS + 5):
        margins.open(">", ">")
    assert margins.of_line() == ">" * MOST_MARGINS
    for _ in range(5):
        margins.close()
    assert margins.of_line() == ">" * MOST_MARGINS
    margins.close()
    assert margins.of_line() == ">" * (MOST_MARGINS - 1)


def test_spaces_collapse_over_texts_until_they_are_kept() -> None:
    paper = Paper()
    for text in (" a ", " \n b", "\u00a0", " c"):
        paper.write(text)
    paper.kept_spaces = 1
    paper.write("  d\n  e")
    assert paper.text() == "a b  c  d\n  e"


def test_a_separator_is_between_texts_of_one_line() -> None:
    paper = Paper()
    for text in ("", "a", "", "b"):
        paper.separate(" | ")
        paper.write(text)
    paper.separate(" | ")
    paper.end_line()
    paper.write("c")
    assert paper.text() == "a | b\nc"


def test_lines_of_their_own() -> None:
    paper = Paper()
    paper.write("a")
    paper.own_line("---")
    paper.write("b")
    paper.write_word("c")
    assert paper.text() == "a\n---\nb c"


def test_the_text_since_a_place() -> None:
    paper = Paper()
    paper.write("a ")
    place = paper.place()
    paper.write(" b ")
    paper.write("c")
    assert paper.since(place) == "b c"
    paper.end_line()
    assert paper.since(place) is None


@given(st.lists(st.sampled_from(["a", " ", "\u00a0", "\n", "line", "block"]), max_size=30))
def test_empty_lines_are_few_and_never_at_the_ends(steps: list[str]) -> None:
    paper = Paper()
    for step in steps:
        if step == "line":
            paper.end_line()
        elif step == "block":
            paper.begin_block(1)
        else:
            paper.write(step)
    text = paper.text()
    assert "\n" * (MOST_EMPTY + 2) not in text
    assert text.strip("\n") == text
