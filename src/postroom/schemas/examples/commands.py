"""Examples of account commands."""

from __future__ import annotations

from typing import Final

from postroom.schemas.examples.accounts import ID

RECONNECT: Final = {"reconnect": True}
RECONNECTED: Final = {"success": True, "reconnect": True, "account": ID}
DISCONNECT: Final = {"disconnect": True}
DISCONNECTED: Final = {"success": True, "disconnect": True, "account": ID}
SYNC: Final = {"sync": True}
SYNCED: Final = {"success": True, "sync": True, "account": ID}
FLUSH: Final = {"flush": True, "notifyFrom": "2025-01-01T00:00:00.000Z"}
FLUSHED: Final = {"success": True, "flush": True, "account": ID}
