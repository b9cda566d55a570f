"""Examples of lists of messages and of searches."""

from __future__ import annotations

from typing import Final

_MESSAGE: Final = {
    "id": "AAAAAQAACnA",
    "uid": 2672,
    "path": "INBOX",
    "date": "2025-03-01T10:15:00.000Z",
    "flags": ["\\Flagged"],
    "flagged": True,
    "unseen": True,
    "size": 28411,
    "subject": "Invoice 4711",
    "from": {"name": "Ann Example", "address": "ann@example.org"},
    "to": [{"name": "", "address": "user@example.com"}],
    "messageId": "<4711@example.org>",
    "attachments": [
        {
            "id": "AAAAAQAACnAy",
            "contentType": "application/pdf",
            "encodedSize": 24680,
            "embedded": False,
            "inline": False,
            "filename": "invoice.pdf",
        }
    ],
    "text": {"id": "AAAAAQAACnBUMQ", "encodedSize": {"plain": 812}},
}
MESSAGES: Final = {
    "total": 2640,
    "page": 0,
    "pages": 132,
    "nextPageCursor": "imap_eyJwYWdlIjoxLCJ2IjoxLCJ1IjoyNjcyLCJuIjoyNjIwLCJ1cCI6MH0",
    "prevPageCursor": None,
    "messages": [_MESSAGE],
}
SEARCH: Final = {"search": {"from": "ann@example.org", "unseen": True, "since": "2025-02-01"}}
FOUND: Final = {
    "total": 1,
    "page": 0,
    "pages": 1,
    "nextPageCursor": None,
    "prevPageCursor": None,
    "messages": [_MESSAGE],
    "incomplete": [{"path": "Old mail", "reason": "The mail server refused EXAMINE: the folder is damaged"}],
}
