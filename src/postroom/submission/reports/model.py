"""The values of reports that come in: a report as `messageNew` tells of it, and the message it is about. Pure.

Reports are bounces (RFC 3464) and complaints (RFC 5965).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from postroom.footprint.dataclass import dataclass
from postroom.submission.model import MessageState, RecipientState

__all__ = ["TOPIC", "ClaimedReport", "FoundReport", "MatchedRecipient", "MatchedSubmission", "ReportKind", "ReportTold"]

TOPIC: Final = "reports"
"""The wake-up that reports were found."""

ReportKind = Literal["bounce", "complaint"]


@dataclass(frozen=True, slots=True)
class ReportTold:
    """What the event `messageNew` tells of a report. `message` is its id; `sender` is an address."""

    kind: ReportKind
    message: str
    subject: str
    sender: str | None = None
    in_reply_to: str | None = None

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> ReportTold:
        """Read the stored object."""
        return cls(row["kind"], row["message"], row["subject"], row.get("sender"), row.get("inReplyTo"))

    def as_row(self) -> dict[str, str]:
        """Return the object as it is stored."""
        row = {
            "kind": self.kind,
            "message": self.message,
            "subject": self.subject,
            "sender": self.sender,
            "inReplyTo": self.in_reply_to,
        }
        return {name: value for name, value in row.items() if value is not None}


@dataclass(frozen=True, slots=True)
class FoundReport:
    """A report in the event log. `identity` is the same for a report that was moved or copied."""

    account_key: int
    account: str
    identity: str
    told: ReportTold


@dataclass(frozen=True, slots=True)
class ClaimedReport:
    """A report that this process reads. `attempts` counts this attempt; `found_at` is when it was found."""

    id: int
    account_key: int
    account: str
    told: ReportTold
    found_at: int
    attempts: int


@dataclass(frozen=True, slots=True)
class MatchedRecipient:
    """A recipient of the message that a report is about."""

    place: int
    address: str
    state: RecipientState


@dataclass(frozen=True, slots=True)
class MatchedSubmission:
    """The message that a report is about. `message_id` is the one that its recipients see."""

    id: int
    queue_id: str
    state: MessageState
    message_id: str
    sender: str
    recipients: tuple[MatchedRecipient, ...]
