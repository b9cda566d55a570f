"""What a link asks for is what the database is asked, and links lead to what they say."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from postroom.submission.model import MessageState
from postroom.submission.outbox.model import OutboxFilter
from postroom.web.dashboard.outbox.wish import PAGE_SIZE, VIEWS, OutboxWish, read_outbox_wish

RETRYING = next(view for view in VIEWS if view.name == "retrying")
FULL = OutboxWish(RETRYING, "a/b", 2)


@pytest.mark.parametrize("wish", [FULL, *(OutboxWish(view) for view in VIEWS)], ids=lambda wish: wish.path)
def test_a_link_is_read_as_it_was_written(wish: OutboxWish) -> None:
    assert read_outbox_wish(dict(parse_qsl(urlsplit(wish.path).query))) == wish


@pytest.mark.parametrize("sent", [{"state": "x"}, {"page": "x"}, {"page": "0"}, {"page": "-2"}, {"account": "  "}])
def test_what_means_nothing_is_left_out(sent: dict[str, str]) -> None:
    assert read_outbox_wish(sent) == OutboxWish()
    assert not read_outbox_wish(sent).is_narrow


def test_a_page_far_behind_is_still_a_number_that_a_database_takes() -> None:
    assert 0 < read_outbox_wish({"page": "9" * 5000}).page * PAGE_SIZE < 2**31


def test_the_database_is_asked_for_everything_that_is_wished() -> None:
    assert FULL.query() == OutboxFilter(
        account="a/b", states=(MessageState.QUEUED,), was_tried=True, page=2, page_size=PAGE_SIZE
    )
    assert OutboxWish().query() == OutboxFilter(page_size=PAGE_SIZE)


def test_every_state_has_a_view_and_another_view_begins_at_its_first_page() -> None:
    assert {state for view in VIEWS for state in view.states} == set(MessageState)
    assert FULL.of(VIEWS[0]) == "/dashboard/outbox?account=a%2Fb"
    assert FULL.at(0) == "/dashboard/outbox?state=retrying&account=a%2Fb"
