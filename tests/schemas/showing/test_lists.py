"""Pages of messages as callers see them."""

from __future__ import annotations

from postroom.mailboxes.lists.cursor import Cursor, write_cursor
from postroom.mailboxes.lists.page import MessagePage, NotAnswered
from postroom.schemas.showing.lists import messages_page


def test_a_page_has_its_cursors() -> None:
    shown = messages_page(MessagePage(5, 1, 2, Cursor(2), None, [], [NotAnswered("Old", "broken")]))
    assert shown == {
        "total": 5,
        "page": 1,
        "pages": 3,
        "nextPageCursor": write_cursor(Cursor(2)),
        "prevPageCursor": None,
        "messages": [],
        "incomplete": [{"path": "Old", "reason": "broken"}],
    }
    assert "incomplete" not in messages_page(MessagePage(0, 0, 2, None, None, []))
