"""What a token must allow for a route: the permissions that the tables of routes name."""

from __future__ import annotations

from typing import Final

from postroom.access.tokens import Needs

OPEN: Final = None
READ: Final = Needs("api", "account", "read")
WRITE: Final = Needs("api", "account", "write")
REMOVE: Final = Needs("api", "account", "destructive")
ADMIN_READ: Final = Needs("api", "admin", "read")
ADMIN: Final = Needs("api", "admin", "write")
ADMIN_REMOVE: Final = Needs("api", "admin", "destructive")
EVENTS: Final = Needs("api", "events", "read")
HOOK_READ: Final = Needs("api", "webhook", "read")
HOOK_WRITE: Final = Needs("api", "webhook", "write")
FOLDER_READ: Final = Needs("api", "mailbox", "read")
FOLDER_WRITE: Final = Needs("api", "mailbox", "write")
FOLDER_REMOVE: Final = Needs("api", "mailbox", "destructive")
MAIL_READ: Final = Needs("api", "message", "read")
MAIL_WRITE: Final = Needs("api", "message", "write")
MAIL_REMOVE: Final = Needs("api", "message", "destructive")
SUBMIT: Final = Needs("api", "submit", "send")
OUTBOX_READ: Final = Needs("api", "outbox", "read")
OUTBOX_WRITE: Final = Needs("api", "outbox", "write")
OUTBOX_SEND: Final = Needs("api", "outbox", "send")
OUTBOX_REMOVE: Final = Needs("api", "outbox", "destructive")
LOGS: Final = Needs("api", "logs", "read")
METRICS: Final = Needs("metrics", "diagnostics", "read")
DIAGNOSTICS: Final = Needs("api", "diagnostics", "read")
