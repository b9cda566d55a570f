"""Makes the answers with lists of messages. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from postroom.mailboxes.lists.cursor import Cursor, write_cursor
from postroom.mailboxes.lists.page import MessagePage, NotAnswered
from postroom.schemas.showing.pages import page as head


def messages_page(page: MessagePage) -> dict[str, object]:
    """Return a page of messages as callers see it."""
    shown: dict[str, object] = {
        **head(page.total, page.page, page.size),
        "nextPageCursor": _cursor(page.older),
        "prevPageCursor": _cursor(page.newer),
        "messages": page.messages,
    }
    if page.incomplete is not None:
        shown["incomplete"] = incomplete(page.incomplete)
    return shown


def incomplete(folders: Iterable[NotAnswered]) -> list[dict[str, str]]:
    """Return the folders that are not wholly in an answer as callers see them."""
    return [{"path": each.path, "reason": each.reason} for each in folders]


def _cursor(cursor: Cursor | None) -> str | None:
    return None if cursor is None else write_cursor(cursor)
