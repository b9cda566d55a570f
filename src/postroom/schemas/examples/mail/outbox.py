"""Examples of submitted messages and of pauses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from postroom.schemas.examples.accounts import ID
from postroom.schemas.examples.mail.submitting import MESSAGE_ID, QUEUE_ID

_WORDS: Final = "2.0.0 Ok: queued as 4cTk7Q2wVKz9x"
_RECIPIENT: Final = {
    "address": "ada@example.com",
    "state": "sent",
    "code": 250,
    "enhancedCode": "2.0.0",
    "response": "Ok: queued as 4cTk7Q2wVKz9x",
    "advice": None,
    "time": "2025-01-01T12:00:01.000Z",
}
_WAITING: Final = {
    **_RECIPIENT,
    "state": "queued",
    **dict.fromkeys(("code", "enhancedCode", "response", "time")),
}
ITEM: Final[Mapping[str, object]] = {
    "queueId": QUEUE_ID,
    "account": ID,
    "source": "api",
    "state": "sent",
    "messageId": MESSAGE_ID,
    "sentAs": None,
    "envelope": {"from": ID, "to": ["ada@example.com"]},
    "subject": "Offer 4711",
    "size": 1234,
    "created": "2025-01-01T12:00:00.000Z",
    "scheduled": "2025-01-01T12:00:00.000Z",
    "nextAttempt": False,
    "attemptsMade": 1,
    "attempts": 10,
    "finished": "2025-01-01T12:00:01.000Z",
    "recipients": [_RECIPIENT],
    "copy": {"state": "stored", "error": None},
    "held": None,
    "progress": {"status": "submitted", "response": _WORDS, "error": None},
}
OUTBOX: Final = {"total": 1, "page": 0, "pages": 1, "messages": [ITEM]}
CANCELLED: Final = {"deleted": True}
RETRIED: Final[Mapping[str, object]] = {
    **ITEM,
    "state": "queued",
    "nextAttempt": "2025-01-01T13:00:00.000Z",
    "attemptsMade": 0,
    "finished": None,
    "recipients": [_WAITING],
    "copy": None,
    "progress": {"status": "queued", "response": None, "error": None},
}
RESOLUTION: Final = {"as": "sent"}
RESOLVED: Final = ITEM
PAUSE: Final = {"paused": True}
PAUSED_SENDING: Final = {"account": ID, "paused": True}
_JOBS: Final = {"active": 1, "delayed": 2, "paused": 0, "waiting": 3}
QUEUE: Final = {"queue": "submit", "jobs": _JOBS, "paused": False}
PAUSED_QUEUE: Final = {"queue": "submit", "jobs": {**_JOBS, "paused": 5, "delayed": 0, "waiting": 0}, "paused": True}
