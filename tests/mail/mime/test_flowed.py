"""format=flowed."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.mail.mime.flowed import unflow


@pytest.mark.parametrize(
    ("text", "flowed"),
    [
        (
            "This paragraph was \nwrapped by the sender's \nprogram.\n\nSecond.\n",
            "This paragraph was wrapped by the sender's program.\n\nSecond.\n",
        ),
        ("fixed\nlines\nstay\n", "fixed\nlines\nstay\n"),
        # Space-stuffing (4.4).
        ("  indented\n >no quote\n From here\n", " indented\n>no quote\nFrom here\n"),
        (" - stuffed \n and flowed\n", "- stuffed and flowed\n"),
        # Quotes (4.5), written as people know them.
        (">quoted \n>and flowed\n>> deeper \n>> still\nmine\n", "> quoted and flowed\n>> deeper still\nmine\n"),
        ("> quoted \n> and flowed\n", "> quoted and flowed\n"),
        (">>> one\n", ">>> one\n"),
        (">\n", "> \n"),
        # Another depth ends a paragraph, whatever its last line says.
        (">quoted \nmine\n", "> quoted \nmine\n"),
        ("mine \n>quoted\n", "mine \n> quoted\n"),
        # The line before a signature is never flowed, and joins nothing (4.3).
        ("words \n-- \nAda\n", "words \n-- \nAda\n"),
        ("-- \nAda \nLovelace\n", "-- \nAda Lovelace\n"),
        ("> words \n> -- \n> Ada\n", "> words \n> -- \n> Ada\n"),
        ("cut here ", "cut here "),
        ("", ""),
    ],
)
def test_soft_breaks(text: str, flowed: str) -> None:
    assert unflow(text, delete_space=False) == flowed


def test_the_space_before_a_soft_break_can_be_none_of_the_text() -> None:
    assert unflow("明 \n天\nwords  \nmore\n-- \nAda\n", delete_space=True) == "明天\nwords more\n-- \nAda\n"


WORDS = st.lists(st.from_regex(r"[a-z]{1,9}", fullmatch=True), min_size=1, max_size=40).map(" ".join)


@pytest.mark.long
@given(st.lists(st.tuples(st.integers(0, 3), WORDS), max_size=6))
def test_what_was_flowed_comes_back(paragraphs: list[tuple[int, str]]) -> None:
    lines = []
    for depth, text in paragraphs:
        lines += [">" * depth + " " * bool(depth) + line for line in " \n".join(textwrap.wrap(text, 30)).split("\n")]
    expected = "\n".join(">" * depth + " " * bool(depth) + text for depth, text in paragraphs)
    assert unflow("\n".join(lines), delete_space=False) == expected


@given(st.text("> -\n ab", max_size=60), st.booleans())
def test_no_word_is_lost(text: str, delete_space: bool) -> None:
    found = unflow(text, delete_space=delete_space)
    assert [each for each in found if each in "ab-"] == [each for each in text if each in "ab-"]
