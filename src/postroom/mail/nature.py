"""Whether a message is an automatic reply, a bounce, or new to its reader: decided from its headers. Pure.

An automatic reply says so itself (RFC 3834 section 5, and the fields that came before that standard). A bounce is a
report about a delivery (RFC 3464), or comes from the mailer of a server.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from postroom.imap.responses import FetchData
from postroom.mail.dates import received
from postroom.mail.mime.headers import read_headers
from postroom.mail.shapes import MessageObject

__all__ = ["NATURE_FIELDS", "is_auto_reply", "is_bounce", "put_nature", "seems_like_new"]

NATURE_FIELDS: Final = (
    "AUTO-SUBMITTED",
    "PRECEDENCE",
    "RETURN-PATH",
    "X-AUTO-RESPONSE-SUPPRESS",
    "X-AUTOREPLY",
    "X-AUTORESPOND",
    "X-FAILED-RECIPIENTS",
)
"""The header fields that this needs."""

RECENT_MS: Final = 24 * 60 * 60 * 1000
"""A message that the server received within this time before now is recent. Milliseconds."""

_HEADER_LIMIT: Final = 16 * 1024
_MAILER: Final = "mailer-daemon"
_POSTMASTER: Final = "postmaster"
_BULK: Final = frozenset({"bulk", "junk"})
# How the subject of an automatic reply begins, in the words of the common programs.
_BEGINNINGS: Final = (
    "auto:",
    "auto-reply",
    "auto reply",
    "autoreply",
    "automatic reply",
    "out of office",
    "out of the office",
    "abwesenheit",
    "automatische antwort",
    "réponse automatique",
    "respuesta automática",
    "risposta automatica",
)

_Fields = Mapping[str, str]


def put_nature(message: MessageObject, data: FetchData) -> None:
    """Put `isBounce` or `isAutoReply` into the message object, if it is one. Data that did not come counts as none."""
    fields = _fields(data)
    if is_bounce(data, fields):
        message["isBounce"] = True
    elif is_auto_reply(data, fields):
        # Bounces say that they are automatic, too.
        message["isAutoReply"] = True


def is_bounce(data: FetchData, fields: _Fields) -> bool:
    """Say whether a message reports that mail was not delivered. `fields` are values by lower-case name."""
    root = data.body
    if root is not None and root.content_type == "multipart/report":
        kind = root.params.get("report-type", "").lower()
        if kind:
            return kind == "delivery-status"
    if fields.get("x-failed-recipients"):
        return True
    senders = data.envelope.from_ if data.envelope is not None else ()
    local = senders[0].address.partition("@")[0].lower() if senders else ""
    # A postmaster also writes letters, but only a report has a null return path (RFC 5321 section 4.5.5).
    return local == _MAILER or (local == _POSTMASTER and fields.get("return-path") == "<>")


def is_auto_reply(data: FetchData, fields: _Fields) -> bool:
    """Say whether a program answered, such as a notice of absence. Newsletters and other automatic mail are none."""
    submitted = fields.get("auto-submitted", "").replace("(", ";").partition(";")[0].strip().lower()
    if submitted == "auto-replied":
        return True
    if any(fields.get(name, "").lower() not in ("", "no") for name in ("x-autoreply", "x-autorespond")):
        return True
    precedence = fields.get("precedence", "").lower()
    if precedence == "auto_reply":
        return True
    # These fields are also in notices that answer nobody, so the subject must say the same.
    is_hinted = submitted == "auto-generated" or precedence in _BULK or "x-auto-response-suppress" in fields
    subject = (data.envelope.subject if data.envelope is not None else None) or ""
    return is_hinted and subject.strip().casefold().startswith(_BEGINNINGS)


def seems_like_new(message: MessageObject, role: str | None, came: datetime | None, now: int) -> bool:
    r"""Say whether a message is news to its reader.

    It is unread and no draft, it lies in the inbox or in a folder without a role, and the server received it within
    `RECENT_MS` before `now`, in milliseconds. Clocks differ, so it may be as much in the future. `role` is that of the
    folder; with Gmail, the role that its labels give the message comes first. `came` is the internal date.
    """
    at = received(came)
    where = message.get("messageSpecialUse") or role
    return (
        message.get("unseen", False)
        and not message.get("draft", False)
        and where in (None, "\\Inbox")
        and at is not None
        and abs(now - at.timestamp() * 1000) <= RECENT_MS
    )


def _fields(data: FetchData) -> _Fields:
    block = next((value for key, value in data.sections.items() if key.startswith("HEADER") and value), b"")
    return {name: values[0].decode("ascii", "replace") for name, values in read_headers(block[:_HEADER_LIMIT]).items()}
