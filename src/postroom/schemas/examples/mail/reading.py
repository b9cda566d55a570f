"""Examples of answers about one message and its text."""

from __future__ import annotations

from typing import Final

from postroom.mail.shapes import MessageObject, TextObject

MESSAGE: Final[MessageObject] = {
    "id": "AAAAAQAAAAc",
    "uid": 7,
    "path": "INBOX",
    "date": "2026-11-27T09:30:00.000Z",
    "flags": ["\\Seen"],
    "specialUse": "\\Inbox",
    "size": 1873,
    "subject": "Re: Invoice 4711",
    "from": {"name": "Ada", "address": "ada@example.com"},
    "to": [{"name": "", "address": "user@example.com"}],
    "messageId": "<reply-4711@example.com>",
    "inReplyTo": "<invoice-4711@example.com>",
    "headers": {
        "from": ["Ada <ada@example.com>"],
        "to": ["user@example.com"],
        "subject": ["Re: Invoice 4711"],
        "date": ["Fri, 27 Nov 2026 09:30:00 +0000"],
    },
    "text": {
        "id": "AAAAAQAAAAdUMQ",
        "encodedSize": {"plain": 96},
        "plain": "It is paid.\n\n> Please pay.\n",
        "hasMore": False,
    },
}

TEXT: Final[TextObject] = {
    "plain": "It is paid.\n\n> Please pay.\n",
    "html": "<p>It is paid.</p>\n<blockquote>Please pay.</blockquote>\n",
    "hasMore": False,
}
