"""The paths of the screens of webhooks and events. Pure."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

__all__ = [
    "ADD",
    "DELIVERIES",
    "EVENTS",
    "LIST",
    "SETTINGS",
    "delivery_path",
    "endpoint_path",
    "event_path",
]

LIST: Final = "/dashboard/webhooks"
ADD: Final = "/dashboard/webhooks/add"
DELIVERIES: Final = "/dashboard/deliveries"
EVENTS: Final = "/dashboard/events"
SETTINGS: Final = "/dashboard/settings"


def endpoint_path(endpoint: str, part: str = "") -> str:
    """Return the path of the page of an endpoint, or of a part below it such as `edit`."""
    path = f"{LIST}/{quote(endpoint, safe='')}"
    return f"{path}/{part}" if part else path


def delivery_path(delivery: int, part: str = "") -> str:
    """Return the path of the page of a delivery, or of a part below it."""
    path = f"{DELIVERIES}/{delivery}"
    return f"{path}/{part}" if part else path


def event_path(seq: int) -> str:
    """Return the path of the page of an event."""
    return f"{EVENTS}/{seq}"
