"""Reads a report from the octets of a message: a bounce, a complaint, or neither. Never fails, whatever comes. Pure."""

from __future__ import annotations

from dataclasses import replace

from postroom.mail.reports.complaints import read_complaint
from postroom.mail.reports.delivery_status import DeliveryStatus, read_delivery_status
from postroom.mail.reports.originals import find_original
from postroom.mail.reports.parts import ReportParts, read_parts
from postroom.mail.reports.prose import read_prose, words_about
from postroom.mail.reports.values import BounceReport, ComplaintReport, ReportedRecipient
from postroom.mail.reports.words import code_in, field_text, status_in, typed

__all__ = ["read_report"]


def read_report(octets: bytes) -> BounceReport | ComplaintReport | None:
    """Return what a message reports. The first `parts.LONGEST_REPORT` octets of it are enough.

    A bounce that names no recipient still counts if it tells which message it is about. None: the message is no report.
    """
    parts = read_parts(octets)
    complaint = read_complaint(parts)
    if complaint is not None:
        return complaint
    texts = parts.texts()
    original = find_original(parts, texts)
    status = read_delivery_status(parts)
    if status is not None:
        return BounceReport(_explained(status, texts), status.mta, status.envelope_id, original)
    recipients = read_prose(parts.head, texts)
    if not recipients and not original.message_ids:
        return None
    return BounceReport(recipients, _reporter(parts), None, original)


def _explained(status: DeliveryStatus, texts: list[str]) -> tuple[ReportedRecipient, ...]:
    """Recipients of whom the machine-readable part tells no reason get the words of the text."""
    return tuple(_with_words(each, texts) if each.said is None else each for each in status.recipients)


def _with_words(recipient: ReportedRecipient, texts: list[str]) -> ReportedRecipient:
    said = words_about(recipient.original or recipient.address, texts)
    if said is None:
        return recipient
    code = code_in(said[:4])
    vague = recipient.status is None or recipient.status.endswith(".0.0")
    status = (status_in(said) or recipient.status) if vague else recipient.status
    return replace(recipient, said=said, code=code, status=status, source="smtp" if code is not None else None)


def _reporter(parts: ReportParts) -> str | None:
    """The server that reports, by its own name in the sender's address."""
    _, sender = typed(field_text(parts.head, "from"))
    domain = (sender or "").rpartition("@")[2].partition(">")[0].strip().lower()
    return domain if domain and len(domain) <= 255 and " " not in domain else None
