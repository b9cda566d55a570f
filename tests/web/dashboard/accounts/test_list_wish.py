"""What a link asks for is what the database is asked, and links lead to what they say."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest

from postroom.accounts.lifecycle import Health, State
from postroom.accounts.model import AccountOrder, AccountPlace, ListQuery
from postroom.web.dashboard.accounts.list_wish import PAGE_SIZE, ListWish, read_wish
from postroom.web.dashboard.accounts.provider_choice import ProviderChoice

FULL = ListWish(
    "anna", Health.FAILING, State.CONNECT_ERROR, "Gmail", "tenant=7", AccountOrder.SINCE, descending=True, page=2
)
GMAIL = AccountPlace("imap", "imap.gmail.com")
CHOICES = [ProviderChoice("Gmail", (GMAIL,), 1)]


@pytest.mark.parametrize("wish", [ListWish(), FULL, ListWish(descending=True), ListWish(order=AccountOrder.NAME)])
def test_a_link_is_read_as_it_was_written(wish: ListWish) -> None:
    assert read_wish(dict(parse_qsl(urlsplit(wish.path).query))) == wish


@pytest.mark.parametrize(
    "sent",
    [
        {"state": "nonsense", "health": "connected", "order": "secret", "page": "x"},
        {"page": "0"},
        {"page": "-3"},
        {"page": "²"},
        {"page": ""},
        {"q": "  ", "provider": " ", "metadata": ""},
    ],
)
def test_what_means_nothing_is_left_out(sent: dict[str, str]) -> None:
    assert read_wish(sent) == ListWish()


def test_a_page_far_behind_is_still_a_number_that_a_database_takes() -> None:
    for digits in (40, 5000):
        assert 0 < read_wish({"page": "9" * digits}).page * PAGE_SIZE < 2**31


def test_the_database_is_asked_for_everything_that_is_wished() -> None:
    assert FULL.query(CHOICES) == ListQuery(
        page=2,
        page_size=PAGE_SIZE,
        state=State.CONNECT_ERROR,
        text="anna",
        metadata={"tenant": "7"},
        health=Health.FAILING,
        places=(GMAIL,),
        order=AccountOrder.SINCE,
        descending=True,
    )
    assert ListWish().query(CHOICES) == ListQuery(page_size=PAGE_SIZE)
    assert ListWish(provider="gone").query(CHOICES).places == ()


def test_another_filter_begins_at_the_first_page() -> None:
    assert "page" not in FULL.of_health(None)
    assert "page" not in FULL.sorted_by(AccountOrder.NAME)
    assert "page=4" in FULL.at(3)
    assert "health=stopped" in FULL.of_health(Health.STOPPED)


def test_the_order_is_turned_round_by_a_second_press() -> None:
    first = read_wish(dict(parse_qsl(urlsplit(ListWish().sorted_by(AccountOrder.NAME)).query)))
    second = read_wish(dict(parse_qsl(urlsplit(first.sorted_by(AccountOrder.NAME)).query)))
    assert (first.order, first.descending, second.descending) == (AccountOrder.NAME, False, True)
    assert (first.direction(AccountOrder.NAME), second.direction(AccountOrder.NAME)) == ("up", "down")
    assert first.direction(AccountOrder.SINCE) == ""


def test_a_wish_in_words() -> None:
    assert ListWish().in_words() == "all accounts"
    assert FULL.in_words() == (
        "accounts failing, in the state “Cannot connect”, at Gmail, with “anna” in id, name or address,"
        " with the metadata tenant=7"
    )


def test_a_narrow_list_has_a_way_to_all_accounts() -> None:
    assert FULL.is_narrow
    assert not ListWish(order=AccountOrder.NAME, page=3).is_narrow
    assert FULL.everything == replace(ListWish(), order=AccountOrder.SINCE, descending=True)
