"""Walks through lists that change on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.client.request import ApiRequest, made
from postroom.client.walking import CursorWalk, EventWalk, PageWalk, Walk, WholeWalk, window


def ask(page: int, size: int) -> ApiRequest[Any]:
    return made("GET", "/v1/x", query={"page": page, "pageSize": size})


def walk_of(page_size: int, most: int = 1000) -> PageWalk[int]:
    return PageWalk(ask, "items", lambda item: item, page_size=page_size, most=most)


def pages_of(items: list[int], request: ApiRequest[Any]) -> Mapping[str, Any]:
    page, size = (int(value) for _, value in request.query)
    return {"total": len(items), "items": items[page * size : (page + 1) * size]}


def walked(walk: Walk[Any], answer: Callable[[ApiRequest[Any]], Mapping[str, Any]], most: int = 10_000) -> list[Any]:
    """Walk to the end; AssertionError if there is none."""
    found: list[Any] = []
    for _ in range(most):
        request = walk.request()
        if request is None:
            return found
        found += walk.take(answer(request))
    raise AssertionError("the walk does not end")


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 99, 100, 101, 1000])
@pytest.mark.parametrize("page_size", [1, 10, 100])
def test_a_list_that_stays_is_walked_through(count: int, page_size: int) -> None:
    items = list(range(count))
    assert walked(walk_of(page_size), lambda request: pages_of(items, request)) == items


Change = tuple[str, int]


@given(
    st.sets(st.integers(0, 400), max_size=200),
    st.lists(st.lists(st.tuples(st.sampled_from(["add", "remove"]), st.integers(0, 400)), max_size=40), max_size=30),
    st.integers(1, 30),
)
def test_what_is_there_all_the_time_comes_exactly_once(
    begin: set[int], changes: list[list[Change]], page_size: int
) -> None:
    items, constant, coming = sorted(begin), set(begin), iter(changes)

    def answer(request: ApiRequest[Any]) -> Mapping[str, Any]:
        nonlocal items
        given_out = pages_of(items, request)
        for what, item in next(coming, []):
            constant.discard(item)
            items = sorted({*items, item} if what == "add" else {*items} - {item})
        return given_out

    found = walked(walk_of(page_size), answer)
    assert len(found) == len(set(found)), "an item came twice"
    assert constant <= set(found), "an item was left out"


def test_who_deletes_what_comes_deletes_all() -> None:
    items, walk = list(range(500)), walk_of(20)
    while (request := walk.request()) is not None:
        for item in walk.take(pages_of(items, request)):
            items.remove(item)
    assert items == []


def test_newest_first_while_new_ones_come() -> None:
    items, newest = list(range(300, 0, -1)), 300

    def answer(request: ApiRequest[Any]) -> Mapping[str, Any]:
        nonlocal newest
        found = pages_of(items, request)
        for _ in range(7):
            newest += 1
            items.insert(0, newest)
        return found

    assert walked(walk_of(20), answer) == list(range(300, 0, -1))


@pytest.mark.parametrize("size", [20, 100, 1000])
def test_each_page_overlaps_goes_on_and_is_no_larger(size: int) -> None:
    for position in range(1, 200_000, 7):
        page, length = window(position, size)
        assert length <= size
        assert page * length < position < (page + 1) * length
    assert window(0, size) == (0, size)


def test_a_walk_costs_few_more_requests_than_there_are_pages() -> None:
    items, walk, requests = list(range(10_000)), walk_of(100), 0
    while (request := walk.request()) is not None:
        walk.take(pages_of(items, request))
        requests += 1
    assert requests < 120


def test_pages_that_name_the_next_one_are_followed() -> None:
    pages: dict[str | None, Any] = {
        None: {"messages": [1, 2], "nextPageCursor": "b"},
        "b": {"messages": [3], "nextPageCursor": None},
    }
    walk: CursorWalk[int] = CursorWalk(lambda cursor: made("GET", "/v1/x", query={"cursor": cursor}), "messages")
    assert walked(walk, lambda request: pages[dict(request.query).get("cursor")]) == [1, 2, 3]


def test_events_are_read_up_to_the_newest() -> None:
    pages: dict[str | None, Any] = {
        "5": {"events": [6, 7], "cursor": 7, "more": True},
        "7": {"events": [], "cursor": 9, "more": True},
        "9": {"events": [10], "cursor": 10, "more": False},
    }
    walk: EventWalk[int] = EventWalk(lambda cursor: made("GET", "/v1/x", query={"since": cursor}), 5)
    assert walked(walk, lambda request: pages[dict(request.query).get("since")]) == [6, 7, 10]


def test_a_list_in_one_answer_is_asked_for_once() -> None:
    asked: list[ApiRequest[Any]] = []

    def answer(request: ApiRequest[Any]) -> Mapping[str, Any]:
        asked.append(request)
        return {"nodes": [1, 2]}

    walk: WholeWalk[int] = WholeWalk(made("GET", "/v1/nodes"), "nodes")
    assert walked(walk, answer) == [1, 2]
    assert len(asked) == 1
