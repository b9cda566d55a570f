"""The words that a list of messages shows: hidden in the text, before everything else."""

from __future__ import annotations

import pytest

from postroom.mail.composing.preview import with_preview
from postroom.mail.html.plain import plain_of_html


@pytest.mark.parametrize(
    ("source", "before"),
    [
        ("<p>Hello", ""),
        ("<html><head><title>t</title></head><body class='a'><p>Hello", "<body class='a'>"),
        ("<HTML><HEAD></HEAD>Hello", "</HEAD>"),
        ("<html lang=en>Hello", "<html lang=en>"),
        ("<!DOCTYPE html>\nHello", "<!DOCTYPE html>"),
        ("<p>Hello</p><body", ""),
    ],
)
def test_the_words_stand_before_what_is_shown(source: str, before: str) -> None:
    made = with_preview(source, "One &\n two")
    assert f'{before}<div style="display:none;' in made
    assert made.startswith(before or "<div") or before in source
    assert ">One &amp; two</div>" in made
    assert plain_of_html(made) == plain_of_html(source)


def test_no_words_change_nothing() -> None:
    assert with_preview("<p>Hello", " \n") == "<p>Hello"


def test_words_open_no_element() -> None:
    assert "<script" not in with_preview("", "<script>alert(1)</script>")
