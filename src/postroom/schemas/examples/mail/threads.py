"""Examples of threads."""

from __future__ import annotations

from typing import Final

_FROM: Final = {"name": "Ann", "address": "ann@example.com"}
_ID: Final = "r.zLkFyPDKfks"
THREADS: Final = {
    "total": 1,
    "page": 0,
    "pages": 1,
    "path": "INBOX",
    "threads": [
        {
            "threadId": _ID,
            "subject": "Re: Dinner",
            "from": _FROM,
            "date": "2026-03-01T12:00:00.000Z",
            "count": 2,
            "unseen": 1,
            "messages": ["AAAAAQAAAAE", "AAAAAgAAAAE"],
        }
    ],
    "incomplete": [],
}
THREAD: Final = {
    "threadId": _ID,
    "messages": [
        {
            "id": "AAAAAQAAAAE",
            "uid": 1,
            "path": "INBOX",
            "stableId": "m.zLkFyPDKfksAAAXc",
            "threadId": _ID,
            "date": "2026-03-01T12:00:00.000Z",
            "flags": [],
            "unseen": True,
            "size": 1500,
            "subject": "Re: Dinner",
            "from": _FROM,
            "to": [{"name": "", "address": "bob@example.com"}],
            "messageId": "<1@example.com>",
        }
    ],
    "incomplete": [],
}
