"""The paths of the screens of sending. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from postroom.http.paths import path_for
from postroom.web.dashboard.accounts.paths import LIST

__all__ = ["ITEM", "OUTBOX", "PAUSE", "TEST_MESSAGE", "item_path", "outbox_path"]

OUTBOX: Final = "/dashboard/outbox"
ITEM: Final = f"{OUTBOX}/{{id}}"
PAUSE: Final = f"{OUTBOX}/pause"
TEST_MESSAGE: Final = f"{LIST}/{{account}}/test-message"


def outbox_path(wanted: Mapping[str, str] | None = None) -> str:
    """Return the path of the outbox with these parameters; empty ones are left out."""
    return path_for(OUTBOX, wanted or {})


def item_path(queue_id: str, part: str = "") -> str:
    """Return the path of the page of a message, or of a command below it such as `cancel`."""
    path = f"{OUTBOX}/{quote(queue_id, safe='')}"
    return f"{path}/{part}" if part else path
