"""Query strings that several requests share."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from postroom.schemas.requests.queries import AnyQuery, NoQuery, PageQuery
from tests.schemas.checked import problems_of, value_of


def test_pages_begin_with_zero_and_hold_twenty() -> None:
    query = value_of(PageQuery, {})
    assert (query.page, query.page_size) == (0, 20)
    query = value_of(PageQuery, {"page": "7", "pageSize": "1000"})
    assert (query.page, query.page_size) == (7, 1000)


def test_pages_have_bounds() -> None:
    assert problems_of(PageQuery, {"page": "-1", "pageSize": "0"}) == {
        "page": "must be greater than or equal to 0",
        "pageSize": "must be greater than or equal to 1",
    }
    assert problems_of(PageQuery, {"page": "1048577", "pageSize": "1001"}) == {
        "page": "must be less than or equal to 1048576",
        "pageSize": "must be less than or equal to 1000",
    }
    assert problems_of(PageQuery, {"page": "first", "pageSize": "2.5"}) == {
        "page": "must be a number",
        "pageSize": "must be a number",
    }


def test_a_parameter_has_one_spelling() -> None:
    assert problems_of(PageQuery, {"page_size": "5"}) == {"page_size": "is not allowed"}


def test_unknown_parameters_are_refused_but_where_browsers_are_sent() -> None:
    assert problems_of(NoQuery, {"x": "1"}) == {"x": "is not allowed"}
    assert value_of(AnyQuery, {"utm_source": "mail"}) == AnyQuery()


def test_a_query_is_not_changed_later() -> None:
    query = value_of(PageQuery, {})
    with pytest.raises(ValidationError):
        query.page = 1
