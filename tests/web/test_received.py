"""Texts, numbers and URLs that browsers send, and what is none."""

from __future__ import annotations

import pytest

from postroom.web.received import number_in, page_in, parts_of, storable


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("12", 12), ("101", 100), ("9" * 5000, 100)])
def test_a_number_is_read_up_to_the_largest(text: str, number: int) -> None:
    assert number_in(text, 100) == number


@pytest.mark.parametrize("text", ["", "-1", "1.5", "\u0663", "\u00b2", " 1", "0x1"])
def test_anything_else_is_no_number(text: str) -> None:
    assert number_in(text, 100) is None


@pytest.mark.parametrize(("text", "place"), [("1", 0), ("3", 2), ("0", 0), ("", 0), ("x", 0), ("9" * 5000, 999_999)])
def test_a_page_has_a_place(text: str, place: int) -> None:
    assert page_in(text) == place


def test_a_text_is_one_that_a_database_takes() -> None:
    assert storable("a\0b<") == "a\ufffdb<"


def test_a_url_has_its_parts() -> None:
    assert parts_of("https://example.com:8/a?b").netloc == "example.com:8"


@pytest.mark.parametrize("text", ["http://[", "http://[::1", "http://a\u2100b/"])
def test_what_is_no_url_has_no_parts(text: str) -> None:
    assert parts_of(text).geturl() == ""
