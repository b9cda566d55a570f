"""Examples of uploads."""

from __future__ import annotations

from typing import Final

NEW_MESSAGE: Final = {
    "path": "\\Drafts",
    "flags": ["\\Seen", "\\Draft"],
    "to": [{"name": "Ada Lovelace", "address": "ada@example.com"}],
    "subject": "Offer 4711",
    "text": "Hello Ada,\n\nour offer is attached.\n",
    "attachments": [{"filename": "offer.txt", "contentType": "text/plain", "content": "NDcgRXVybw=="}],
}
UPLOADED: Final = {
    "path": "Drafts",
    "messageId": "<0f8fad5bd9cb469fa165708677289502@example.com>",
    "id": "AAAAAwAAAJQ",
    "uid": 148,
    "uidValidity": "1717000000",
    "seq": 12,
}
