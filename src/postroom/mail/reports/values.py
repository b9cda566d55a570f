"""What a report says: about the recipients of a message, or that one of them complained. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Final

from postroom.footprint.dataclass import dataclass

__all__ = [
    "NO_ORIGINAL",
    "BounceReport",
    "ComplaintReport",
    "ReportAction",
    "ReportedOriginal",
    "ReportedRecipient",
]


class ReportAction(StrEnum):
    """What became of the message for one recipient (RFC 3464 section 2.3.3)."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"
    EXPANDED = "expanded"


@dataclass(frozen=True, slots=True)
class ReportedRecipient:
    """What a report says about one recipient.

    `address` is where the message was to go in the end, `original` the address of the sender's envelope when the report
    tells it. `status` is an enhanced code (RFC 3463). `said` are the words of the server `mta` that refused it, of the
    kind `source` (`smtp`). `code` is the SMTP code in these words.
    """

    address: str
    action: ReportAction
    original: str | None = None
    status: str | None = None
    code: int | None = None
    said: str | None = None
    source: str | None = None
    mta: str | None = None


@dataclass(frozen=True, slots=True)
class ReportedOriginal:
    """The message that a report is about, as far as the report has it.

    `message_ids` are its likely Message-IDs with angle brackets, the surest first. `headers` are by lower-case name.
    """

    message_ids: tuple[str, ...] = ()
    headers: Mapping[str, list[str]] = field(default_factory=dict, repr=False)


NO_ORIGINAL: Final = ReportedOriginal()


@dataclass(frozen=True, slots=True)
class BounceReport:
    """A report about deliveries. `mta` is the server that reports, `envelope_id` the ENVID of the sender (RFC 3461)."""

    recipients: tuple[ReportedRecipient, ...]
    mta: str | None = None
    envelope_id: str | None = None
    original: ReportedOriginal = NO_ORIGINAL


@dataclass(frozen=True, slots=True)
class ComplaintReport:
    """A complaint about a message (RFC 5965), or a report of that form.

    `source` is who reports: `Hotmail`, `Yahoo`, or the domain of the reporter. `feedback_type` is for example `abuse`.
    Times are as they were written.
    """

    source: str | None
    feedback_type: str
    original: ReportedOriginal = NO_ORIGINAL
    original_mail_from: str | None = None
    original_rcpt_to: tuple[str, ...] = ()
    arrival_date: str | None = None
    source_ip: str | None = None
    user_agent: str | None = None
    version: str | None = None
    reporting_mta: str | None = None
    reported_domain: tuple[str, ...] = ()
    reported_uri: tuple[str, ...] = ()
    envelope_id: str | None = None
    authentication_results: str | None = None
    incidents: int | None = None
