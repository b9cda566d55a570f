"""Examples of verifying settings."""

from __future__ import annotations

from typing import Final

from postroom.schemas.examples.accounts import IMAP, SMTP

VERIFY: Final = {"imap": IMAP, "smtp": SMTP, "mailboxes": True}
VERIFIED: Final = {
    "imap": {
        "success": True,
        "host": "imap.example.com",
        "port": 993,
        "server": {"greeting": "Ready", "capabilities": ["IDLE", "IMAP4REV1"]},
    },
    "smtp": {
        "success": False,
        "host": "smtp.example.com",
        "port": 465,
        "error": "Authentication failed",
        "code": "535",
        "statusCode": 535,
        "responseText": "Authentication credentials invalid",
        "phase": "login",
        "advice": "Check user name and password; some providers want an app password.",
    },
    "mailboxes": [
        {
            "path": "INBOX",
            "name": "INBOX",
            "delimiter": "/",
            "parentPath": "",
            "listed": True,
            "subscribed": True,
            "noInferiors": False,
            "specialUse": "\\Inbox",
            "specialUseSource": "name",
        }
    ],
}
