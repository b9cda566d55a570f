"""Settings documents as the API knows them, secrets in place."""

from __future__ import annotations

from postroom.accounts.settings.shapes import Document

IMAP: Document = {"host": "imap.example.com", "port": 993, "secure": True, "auth": {"user": "u", "pass": "old"}}
SMTP: Document = {"host": "smtp.example.com", "port": 465, "secure": True, "auth": {"user": "u", "pass": "old"}}
OAUTH2: Document = {"provider": "gmail", "auth": {"user": "u@gmail.com"}, "accessToken": "A", "refreshToken": "R"}
STORED: Document = {
    "imap": IMAP,
    "smtp": SMTP,
    "path": ["INBOX"],
    "logs": True,
    "webhooks": "https://hook.example.com/",
    "notifyFrom": "2026-01-01T00:00:00.000Z",
}
