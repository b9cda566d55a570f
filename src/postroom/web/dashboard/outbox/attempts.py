"""What happened to a message of the outbox, line by line, made of its events. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

from postroom.events.model import LoggedEvent
from postroom.footprint.dataclass import dataclass
from postroom.web.dashboard.mail.paths import message_path
from postroom.web.design.tones import Tone
from postroom.words.strangers import take_in

__all__ = ["AttemptLine", "attempt_lines"]

_SHOWN_ADDRESSES: Final = 3
_RESOLVED: Final[Mapping[str, str]] = {
    "sentMail": "Postroom found it in sent mail, so it was sent",
    "lateAnswer": "The answer of the mail server came late",
    "bounce": "A report about it came in, so it was sent",
}
_DECIDED: Final[Mapping[str, str]] = {
    "sent": "Somebody decided that it was delivered",
    "retry": "Somebody decided to send it again",
    "failed": "Somebody decided that it was not sent",
}


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """One thing that happened. `said` are the words of a server. `href` leads to a message in the mailbox."""

    at: int
    tone: Tone
    words: str
    said: str = ""
    href: str = ""


def attempt_lines(events: Iterable[LoggedEvent]) -> list[AttemptLine]:
    """Return a line for each event, in order."""
    return [_line(event, _object(_object(orjson.loads(event.payload)).get("data"))) for event in events]


def _line(event: LoggedEvent, data: Mapping[str, Any]) -> AttemptLine:
    match event.type:
        case "messageSent":
            return AttemptLine(event.at, "ok", f"The mail server took it for {_to(data)}", _text(data.get("response")))
        case "messageDeliveryError":
            return _failed_attempt(event, data)
        case "messageFailed":
            return AttemptLine(event.at, "bad", "It was given up", _text(data.get("error")))
        case "messageUnknown":
            return AttemptLine(event.at, "bad", "The outcome of the attempt is not known", _text(data.get("error")))
        case "messageResolved":
            return _resolved(event, data)
        case "messageCopyError":
            return AttemptLine(event.at, "wait", "The copy in sent mail could not be stored", _text(data.get("error")))
        case "messageBounce":
            words = f"A report says that it was not delivered to {_text(data.get('recipient')) or 'a recipient'}"
            return AttemptLine(event.at, "bad", words, _text(_object(data.get("response")).get("message")))
        case "messageComplaint":
            return AttemptLine(event.at, "wait", "A recipient complained of it")
    return AttemptLine(event.at, "idle", event.type)


def _failed_attempt(event: LoggedEvent, data: Mapping[str, Any]) -> AttemptLine:
    job = _object(data.get("job"))
    words = f"Attempt {_number(job.get('attemptsMade'))} of {_number(job.get('attempts'))} failed for {_to(data)}"
    return AttemptLine(event.at, "wait", words, _text(data.get("smtpResponse")) or _text(data.get("error")))


def _resolved(event: LoggedEvent, data: Mapping[str, Any]) -> AttemptLine:
    by, decided = data.get("by"), _text(data.get("as"))
    if by == "caller":
        return AttemptLine(event.at, "wait" if decided == "retry" else "ok", _DECIDED.get(decided, _DECIDED["sent"]))
    tone: Tone = "bad" if decided == "failed" else "ok"
    found = data.get("message")
    href = message_path(event.account, found) if isinstance(found, str) and found else ""
    return AttemptLine(event.at, tone, _RESOLVED.get(str(by), "Its outcome became known"), href=href)


def _to(data: Mapping[str, Any]) -> str:
    addresses = _object(data.get("envelope")).get("to")
    found = [_text(each) for each in addresses if _text(each)] if isinstance(addresses, list) else []
    more = len(found) - _SHOWN_ADDRESSES
    shown = ", ".join(found[:_SHOWN_ADDRESSES])
    return f"{shown} and {more} more" if more > 0 else shown or "its recipients"


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return take_in(value) if isinstance(value, str) else ""


def _number(value: object) -> str:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else "?"
