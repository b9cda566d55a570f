"""Whether a message is an automatic reply, a bounce, a complaint, or new to its reader: decided from its headers. Pure.

An automatic reply says so itself (RFC 3834 section 5, and the fields that came before that standard). A bounce is a
report about a delivery (RFC 3464), or comes from the mailer of a server. A complaint is a feedback report (RFC 5965).
`mail/reports` reads what they say.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from postroom.imap.responses import FetchData
from postroom.mail.dates import received
from postroom.mail.mime.headers import read_headers
from postroom.mail.shapes import MessageObject

__all__ = ["NATURE_FIELDS", "is_auto_reply", "is_bounce", "is_complaint", "put_nature", "seems_like_new"]

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
_DELIVERY_STATUS: Final = "delivery-status"
_FEEDBACK: Final = "feedback-report"
_MOST_PARTS: Final = 100
_MAILERS: Final = frozenset({"mailer-daemon", "mail-daemon", "maildaemon", "mailerdaemon"})
_POSTMASTER: Final = "postmaster"
# The sender of Exchange's reports; a number follows.
_EXCHANGE: Final = "microsoftexchange329e71ec88ae"
# Hotmail's complaints in their older form are letters with the message enclosed.
_HOTMAIL_STAFF: Final = ("staff@hotmail.", "staff@outlook.")
_HOTMAIL_COMPLAINT: Final = "complaint about message from"
# How the subject of a report begins where neither its form nor its sender tells.
_UNDELIVERED: Final = (
    "undeliverable",
    "undelivered mail",
    "mail delivery fail",
    "mail delivery system",
    "delivery status notification",
    "delivery failure",
    "failure notice",
    "returned mail",
    "mail failure",
    "nicht zustellbar",
    "unzustellbar",
    "non remis",
    "no se puede entregar",
    "non recapitabile",
    "onbestelbaar",
)
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
    """Put `isComplaint`, `isBounce` or `isAutoReply` into the message object. Data that did not come counts as none."""
    fields = _fields(data)
    if is_complaint(data):
        message["isComplaint"] = True
    elif is_bounce(data, fields):
        message["isBounce"] = True
    elif is_auto_reply(data, fields):
        # Bounces say that they are automatic, too.
        message["isAutoReply"] = True


def is_bounce(data: FetchData, fields: _Fields) -> bool:
    """Say whether a message reports that mail was not delivered. `fields` are values by lower-case name."""
    kind = _report_type(data)
    if kind:
        return kind == _DELIVERY_STATUS
    if fields.get("x-failed-recipients") or _has_part(data, "delivery-status", "global-delivery-status"):
        return True
    local = _sender(data).partition("@")[0]
    if local in _MAILERS:
        return True
    # A postmaster also writes letters, but only a report has a null return path (RFC 5321 section 4.5.5). Some servers
    # leave the path out, and some systems report in the name of another sender.
    has_no_path = fields.get("return-path", "") in ("", "<>")
    is_postmaster = local == _POSTMASTER or local.startswith(_EXCHANGE)
    if is_postmaster and fields.get("return-path") == "<>":
        return True
    return has_no_path and (is_postmaster or "auto-submitted" in fields) and _subject(data).startswith(_UNDELIVERED)


def is_complaint(data: FetchData) -> bool:
    """Say whether a message reports that a recipient complained about one, such as by marking it as spam."""
    if _report_type(data) == _FEEDBACK or _has_part(data, _FEEDBACK):
        return True
    return _sender(data).startswith(_HOTMAIL_STAFF) and _subject(data).startswith(_HOTMAIL_COMPLAINT)


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
    return is_hinted and _subject(data).startswith(_BEGINNINGS)


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


def _report_type(data: FetchData) -> str:
    root = data.body
    if root is None or root.content_type != "multipart/report":
        return ""
    return root.params.get("report-type", "").strip().lower()


def _has_part(data: FetchData, *subtypes: str) -> bool:
    """Whether a part of the message itself is message/`subtype`. Parts of an enclosed message do not count."""
    if data.body is None:
        return False
    return any(part.type == "message" and part.subtype in subtypes for part in data.body.parts[:_MOST_PARTS])


def _sender(data: FetchData) -> str:
    senders = data.envelope.from_ if data.envelope is not None else ()
    return senders[0].address.lower() if senders else ""


def _subject(data: FetchData) -> str:
    return ((data.envelope.subject if data.envelope is not None else None) or "").strip().casefold()


def _fields(data: FetchData) -> _Fields:
    block = next((value for key, value in data.sections.items() if key.startswith("HEADER") and value), b"")
    if not block:
        return {}
    return {name: values[0].decode("ascii", "replace") for name, values in read_headers(block[:_HEADER_LIMIT]).items()}
