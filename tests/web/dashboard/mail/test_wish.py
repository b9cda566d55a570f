"""What a link asks for is what the mail server is asked, and links lead to what they say."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from postroom.mailboxes.failures import InvalidCursor
from postroom.mailboxes.lists.cursor import Cursor, PageEdge, write_cursor
from postroom.web.dashboard.mail.wish import PAGE_SIZE, MailWish, read_mail_wish

PLACE = Cursor(3, PageEdge(1, 2, 3))
FULL = MailWish("a/b", "Work & more", "two words", write_cursor(PLACE))


@pytest.mark.parametrize("wish", [MailWish("a"), FULL, MailWish("a", page=4), MailWish("a", "Sent")])
def test_a_link_is_read_as_it_was_written(wish: MailWish) -> None:
    assert read_mail_wish(wish.account, dict(parse_qsl(urlsplit(wish.path).query))) == wish


@pytest.mark.parametrize("sent", [{"page": "x"}, {"page": "-1"}, {"page": "0"}, {"path": ""}, {"search": " \n "}])
def test_what_means_nothing_is_left_out(sent: dict[str, str]) -> None:
    assert read_mail_wish("a", sent) == MailWish("a")


def test_numbers_and_texts_of_any_length_stay_small() -> None:
    wish = read_mail_wish("a", {"page": "9" * 5000, "path": "p" * 5000, "search": "w " * 5000})
    assert 0 < wish.asked().start.page * PAGE_SIZE < 2**31
    assert len(wish.folder) <= 1024
    assert len(wish.terms.texts) <= 10


def test_every_word_is_searched_for() -> None:
    assert FULL.terms.texts == (("text", "two"), ("text", "words"))
    assert MailWish("a").terms.are_empty


def test_a_page_begins_at_its_cursor() -> None:
    assert FULL.asked().start == PLACE
    for cursor in ("nonsense", "9" * 5000, "imap_" + "9" * 5000):
        with pytest.raises(InvalidCursor):
            read_mail_wish("a", {"cursor": cursor}).asked()


def test_links_go_on_and_back() -> None:
    assert FULL.at(None) == ""
    assert read_mail_wish("a/b", dict(parse_qsl(urlsplit(FULL.at(Cursor(1))).query))).asked().start == Cursor(1)
    assert "cursor" not in FULL.first
    assert "search=two+words" in FULL.first
    assert "search" not in FULL.whole_folder
    assert MailWish("a").path == "/dashboard/accounts/a/mail"
