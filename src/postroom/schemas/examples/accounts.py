"""Examples of accounts: one request and one answer for every operation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ID: Final = "user@example.com"
AUTH: Final = {"user": ID, "pass": "password"}
IMAP: Final = {"host": "imap.example.com", "port": 993, "secure": True, "auth": AUTH}
SMTP: Final = {"host": "smtp.example.com", "port": 465, "secure": True, "auth": AUTH}
HIDDEN: Final = {"user": ID, "pass": "******"}
COUNTERS: Final = {"sent": 42, "received": 128, "events": {"messageNew": 128, "messageSent": 42}}

NEW_ACCOUNT: Final = {"account": ID, "name": "John Doe", "imap": IMAP, "smtp": SMTP}
REGISTERED: Final = {"account": ID, "state": "init", "created": True}
_LISTED: Final = {
    "account": ID,
    "name": "John Doe",
    "email": ID,
    "type": "imap",
    "state": "connected",
    "health": "healthy",
    "syncTime": 1640995200000,
    "lastError": None,
    "waiting": None,
    "counters": COUNTERS,
}
ACCOUNTS: Final = {
    "total": 2,
    "page": 0,
    "pages": 1,
    "query": False,
    "state": "*",
    "accounts": [
        _LISTED,
        {
            **_LISTED,
            "account": "user2@example.com",
            "name": "Jane Smith",
            "email": "user2@example.com",
            "state": "authenticationError",
            "health": "failing",
            "lastError": {
                "response": "Invalid credentials",
                "serverResponseCode": "AUTHENTICATIONFAILED",
                "phase": "login",
                "time": "2025-01-01T12:00:00.000Z",
                "advice": "Check user name and password; some providers want an app password.",
            },
        },
    ],
}
ACCOUNT: Final[Mapping[str, object]] = {
    "account": ID,
    "name": "John Doe",
    "imap": {**IMAP, "auth": HIDDEN, "disabled": False},
    "smtp": {**SMTP, "auth": HIDDEN, "disabled": False},
    **_LISTED,
    "stateSince": "2025-01-01T12:00:00.000Z",
    "nextAttempt": None,
    "connections": 1,
    "server": {"greeting": "Ready", "capabilities": ["IDLE", "IMAP4REV1"]},
    "sync": {"folders": {"done": 12, "total": 12}, "messages": {"done": 20000, "total": 20000}},
    "syncError": None,
    "smtpStatus": {
        "status": "ok",
        "created": "2025-01-01T12:00:01.000Z",
        "response": "Ok: queued as 4cTk7Q2wVKz9x",
        "responseCode": 250,
        **dict.fromkeys(("code", "command", "description")),
    },
    "sending": {"paused": False, "held": None},
    "created": "2025-01-01T00:00:00.000Z",
    "notifyFrom": "2025-01-01T00:00:00.000Z",
    "syncFrom": None,
    "path": ["*"],
    "copy": None,
    "logs": False,
    "imapIndexer": "full",
    "metadata": {"tenant": "42"},
}
CHANGE: Final = {
    "name": "New Display Name",
    "imap": {"partial": True, "port": 993},
    "smtp": {"partial": True, "port": 465},
}
CHANGED: Final = {"success": True, "account": ID}
REMOVED: Final = {"success": True, "account": ID, "deleted": True}
TIMELINE: Final = {
    "account": ID,
    "total": 1,
    "page": 0,
    "pages": 1,
    "timeline": [{"id": 1, "time": "2025-01-01T00:00:00.000Z", "state": "init", "cause": "registered", "attempt": 0}],
}
