"""Examples of events and their streams."""

from __future__ import annotations

import json
from typing import Final

from postroom.schemas.examples.accounts import ID

EVENT: Final = {
    "seq": 1042,
    "id": "8a6f1c9e-4d1b-4a57-9a0e-2f4f0f0a7c11",
    "serviceUrl": "https://mail.example.com",
    "account": ID,
    "date": "2025-01-01T12:00:00.000Z",
    "path": "INBOX",
    "specialUse": "\\Inbox",
    "event": "messageDeleted",
    "data": {"id": "AAAAAQAAAGU", "uid": 101},
}
EVENTS: Final = {"events": [EVENT], "cursor": 1042, "more": False}
_EVENT_TEXT: Final = json.dumps(EVENT, separators=(",", ":"))
EVENT_STREAM: Final = f": Postroom 1.0.0\nid: 1041\n\nid: 1042\nevent: messageDeleted\ndata: {_EVENT_TEXT}\n\n"
CHANGE_STREAM: Final = (
    ": Postroom 1.0.0\n\nevent: message\n"
    f'data: {{"account":"{ID}","type":"state","key":"connected","payload":null,"stateLabel":"Connected"}}\n\n'
)
