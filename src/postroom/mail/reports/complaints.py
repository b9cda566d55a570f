"""Reads complaints: feedback reports (RFC 5965) and the letters of providers that send none. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from postroom.mail.mime.message import MessagePart
from postroom.mail.mime.transfer import decode_transfer
from postroom.mail.reports.originals import find_original
from postroom.mail.reports.parts import ReportParts, groups_of_fields, head_of
from postroom.mail.reports.values import ComplaintReport
from postroom.mail.reports.words import Fields, address_of, field_text, field_texts, typed

__all__ = ["read_complaint"]

_MOST_VALUES: Final = 50
_TYPE: Final = "message/feedback-report"
_LOOKS_LIKE_IT: Final = re.compile(rb"^Feedback-Type[ \t]*:", re.IGNORECASE | re.MULTILINE)
_LOOK: Final = 16 * 1024
_HOTMAIL: Final = re.compile(r"complaint about message from \[?([0-9A-Fa-f:.]{2,45})", re.IGNORECASE)
# Fields in the header of the enclosed message with which a provider says whose complaint it is.
_COMPLAINERS: Final = ("x-hmxmroriginalrecipient", "x-yahoo-original-recipient", "x-original-rcpt-to", "x-complainant")
_NAMED: Final = (("hotmail", "Hotmail"), ("outlook", "Hotmail"), ("yahoo", "Yahoo"), ("aol", "AOL"))
"""What the sender's domain or the User-Agent of a report holds, and the name of the provider."""


def read_complaint(parts: ReportParts) -> ComplaintReport | None:
    """Return the complaint that a message is, None when it is none."""
    fields = next(_feedback(parts), None)
    if fields is not None:
        return _by_standard(parts, fields)
    enclosed = _enclosed_head(parts)
    if enclosed and any(name in enclosed for name in _COMPLAINERS):
        return _by_letter(parts, enclosed)
    return None


def _feedback(parts: ReportParts) -> Iterator[Fields]:
    """The fields of the report; some programs write blank lines between them."""
    for part in _candidates(parts):
        merged: dict[str, list[bytes]] = {}
        for group in groups_of_fields(part):
            for name, values in group.items():
                merged.setdefault(name, []).extend(values)
        if "feedback-type" in merged:
            yield merged


def _candidates(parts: ReportParts) -> Iterator[MessagePart]:
    yield from parts.of_type(_TYPE)
    for leaf in parts.leaves:
        if leaf.type in ("text", "application") and _LOOKS_LIKE_IT.search(
            decode_transfer(leaf.raw[:_LOOK], leaf.encoding, cut=True)
        ):
            yield leaf


def _by_standard(parts: ReportParts, fields: Fields) -> ComplaintReport:
    incidents = field_text(fields, "incidents") or ""
    complainers = field_texts(fields, "original-rcpt-to", most=_MOST_VALUES) or _complainers(parts)
    return ComplaintReport(
        source=_source(parts, field_text(fields, "user-agent")),
        feedback_type=(field_text(fields, "feedback-type") or "abuse").lower()[:64],
        original=find_original(parts, parts.texts()),
        original_mail_from=_address(field_text(fields, "original-mail-from")),
        original_rcpt_to=tuple(address for each in complainers if (address := _address(each))),
        arrival_date=field_text(fields, "arrival-date", "received-date"),
        source_ip=field_text(fields, "source-ip", "source"),
        user_agent=field_text(fields, "user-agent"),
        version=field_text(fields, "version"),
        reporting_mta=typed(field_text(fields, "reporting-mta"))[1],
        reported_domain=tuple(field_texts(fields, "reported-domain", most=_MOST_VALUES)),
        reported_uri=tuple(field_texts(fields, "reported-uri", most=_MOST_VALUES)),
        envelope_id=field_text(fields, "original-envelope-id"),
        authentication_results=field_text(fields, "authentication-results"),
        incidents=int(incidents) if incidents.isascii() and incidents.isdigit() and len(incidents) < 10 else None,
    )


def _by_letter(parts: ReportParts, enclosed: Fields) -> ComplaintReport:
    """A letter with the message enclosed, whose header names who complains (Hotmail's JMRP in its older form)."""
    about = _HOTMAIL.search(field_text(parts.head, "subject") or "")
    source_ip = about[1] if about is not None else field_text(enclosed, "x-originating-ip", "x-sender-ip")
    return ComplaintReport(
        source=_source(parts, None),
        feedback_type="abuse",
        original=find_original(parts, parts.texts()),
        original_mail_from=_address(field_text(enclosed, "return-path", "x-mail-from")),
        original_rcpt_to=tuple(address for each in _complainers(parts) if (address := _address(each))),
        arrival_date=field_text(parts.head, "date"),
        source_ip=source_ip.strip("[]") if source_ip else None,
    )


def _complainers(parts: ReportParts) -> list[str]:
    enclosed = _enclosed_head(parts)
    return field_texts(enclosed, *_COMPLAINERS, most=_MOST_VALUES)


def _enclosed_head(parts: ReportParts) -> Mapping[str, list[bytes]]:
    leaf = next(parts.of_type("message/rfc822", "text/rfc822-headers"), None)
    return head_of(decode_transfer(leaf.raw, leaf.encoding, cut=True)) if leaf is not None else {}


def _source(parts: ReportParts, agent: str | None) -> str | None:
    """Who reports: a provider by its name, otherwise the domain of the report's sender."""
    sender = address_of(field_text(parts.head, "from")) or ""
    domain = sender.partition("@")[2].lower()
    names = f"{domain} {agent or ''}".lower()
    return next((name for word, name in _NAMED if word in names), domain or None)


def _address(text: str | None) -> str | None:
    """An address, also where it is hidden in part; None for the null path `<>`."""
    if text is None:
        return None
    return address_of(text) or text.strip("<> ")[:320] or None
