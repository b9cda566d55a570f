"""Ranges and tags as RFC 9110 has them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from postroom.streaming.downloads.ranges import RangeNotSatisfiable, Span, asked_range, is_known, may_want_part

TOTAL = 1000


def chosen_span(headers: Mapping[str, str], tag: str, total: int | None) -> Span | None:
    asked = asked_range(headers, tag)
    return None if asked is None else asked.span(total)


@pytest.mark.parametrize(
    ("asked", "start", "length"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-999", 0, 1000),
        ("bytes=10-", 10, 990),
        ("bytes=-1", 999, 1),
        ("bytes=-5000", 0, 1000),
        ("bytes=999-99999999", 999, 1),
        ("Bytes= 1-2 ", 1, 2),
    ],
)
def test_a_range_that_is_there(asked: str, start: int, length: int) -> None:
    span = chosen_span({"range": asked}, "t", TOTAL)
    assert span == Span(start, length, TOTAL)
    assert span.header == f"bytes {start}-{start + length - 1}/1000"


@pytest.mark.parametrize(
    "asked",
    ["", "bytes=-", "bytes=5-4", "bytes=1-2,4-5", "lines=1-2", "bytes=a-b", "bytes=+1-2", f"bytes=0-{'9' * 30}"],
)
def test_a_range_that_means_nothing_is_left_out_of_account(asked: str) -> None:
    assert chosen_span({"range": asked}, "t", TOTAL) is None


@pytest.mark.parametrize(
    ("asked", "total"), [("bytes=1000-", TOTAL), ("bytes=-0", TOTAL), ("bytes=0-1", 0), ("bytes=-1", 0)]
)
def test_a_range_beyond_the_end(asked: str, total: int) -> None:
    with pytest.raises(RangeNotSatisfiable) as caught:
        chosen_span({"range": asked}, "t", total)
    assert caught.value.total == total


def test_without_a_total_a_range_says_that_there_may_be_more() -> None:
    span = chosen_span({"range": "bytes=5-9"}, "t", None)
    assert span == Span(5, 5, None)
    assert span.header == "bytes 5-9/*"


@pytest.mark.parametrize(("asked", "until"), [("bytes=5-9", 9), ("bytes=5-", None), ("bytes=-9", None)])
def test_some_ranges_depend_on_the_total(asked: str, until: int | None) -> None:
    found = asked_range({"range": asked}, "t")
    assert found is not None
    assert found.until == until
    if until is None:
        with pytest.raises(ValueError, match="total"):
            found.span(None)


def test_a_range_that_is_all_of_any_content() -> None:
    for asked, is_all in (("bytes=0-", True), ("bytes=1-", False), ("bytes=0-9", False), ("bytes=-9", False)):
        found = asked_range({"range": asked}, "t")
        assert found is not None
        assert found.is_all is is_all


def test_if_range_needs_the_same_strong_tag() -> None:
    asked = {"range": "bytes=0-1"}
    assert chosen_span({**asked, "if-range": '"t"'}, "t", TOTAL) is not None
    for other in ('"u"', 'W/"t"', "Sat, 29 Oct 1994 19:43:31 GMT"):
        assert chosen_span({**asked, "if-range": other}, "t", TOTAL) is None


def test_which_tags_are_known() -> None:
    assert is_known(['"a", W/"t"'], "t")
    assert is_known(['"a"', '"t"'], "t")
    assert is_known(["*"], "t")
    assert not is_known(["t"], "t")
    assert not is_known([], "t")


def test_which_requests_may_want_a_part() -> None:
    assert may_want_part({"range": "bytes=0-1"})
    assert not may_want_part({"range": "bytes=0-1,3-4"})
    assert not may_want_part({})
