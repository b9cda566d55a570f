"""Examples of messages to be sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

QUEUE_ID: Final = "19aba44ee006f3b1c2d4"
MESSAGE_ID: Final = "<0f8fad5bd9cb469fa165708677289502@example.com>"
NEW_SUBMISSION: Final[Mapping[str, object]] = {
    "to": [{"name": "Ada Lovelace", "address": "ada@example.com"}],
    "subject": "Offer 4711",
    "text": "Hello Ada,\n\nour offer is attached.\n",
    "attachments": [{"filename": "offer.txt", "contentType": "text/plain", "content": "NDcgRXVybw=="}],
}
SUBMITTED: Final[Mapping[str, object]] = {
    "response": "Queued for delivery",
    "messageId": MESSAGE_ID,
    "queueId": QUEUE_ID,
    "sendAt": "2025-01-01T12:00:00.000Z",
    "idempotency": {"key": "order-4711-offer", "status": "MISS"},
}
DRAFT_SUBMISSION: Final[Mapping[str, object]] = {"sendAt": "2025-01-02T08:00:00.000Z"}
SUBMITTED_DRAFT: Final[Mapping[str, object]] = {
    "response": "Queued for delivery",
    "messageId": MESSAGE_ID,
    "queueId": QUEUE_ID,
    "sendAt": "2025-01-02T08:00:00.000Z",
}
