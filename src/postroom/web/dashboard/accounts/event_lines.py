"""Events of the log as lines for people: what happened, to what, and when. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from postroom.events.model import LoggedEvent
from postroom.footprint.dataclass import dataclass

__all__ = ["EventLine", "event_line"]

_LONGEST: Final = 200
_TONES: Final = {
    "authenticationError": "bad",
    "connectError": "wait",
    "messageFailed": "bad",
    "messageDeliveryError": "wait",
    "messageBounce": "bad",
    "authenticationSuccess": "ok",
    "accountInitialized": "ok",
    "messageNew": "busy",
}


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event. `subject` and `about` are words of strangers."""

    seq: int
    at: int
    type: str
    tone: str
    subject: str
    about: str


def event_line(event: LoggedEvent) -> EventLine:
    """Return the line of an event. Members that it does not have are left out."""
    body = _object(orjson.loads(event.payload))
    data = _object(body.get("data"))
    sender = _object(data.get("from"))
    about = (
        _text(sender.get("name")) or _text(sender.get("address")),
        _text(body.get("path")) or _text(data.get("path")),
    )
    subject = next(
        (found for name in ("subject", "response", "error", "messageId") if (found := _text(data.get(name)))), ""
    )
    return EventLine(
        event.seq,
        event.at,
        event.type,
        _TONES.get(event.type, "idle"),
        subject,
        " · ".join(each for each in about if each),
    )


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value[:_LONGEST] if isinstance(value, str) else ""
