"""Which recipients of a message a report is about, and what becomes of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from postroom.mail.reports.values import BounceReport, ReportAction, ReportedRecipient
from postroom.mail.reports.verdict import judge_bounce
from postroom.submission.model import RecipientOutcome, RecipientState
from postroom.submission.reports.model import MatchedRecipient

__all__ = ["NOTABLE", "addresses_of", "match_recipient", "outcome_of"]

NOTABLE: Final = frozenset({ReportAction.FAILED, ReportAction.DELAYED})
"""What is announced. That a message was delivered, relayed or expanded is no news to a caller."""


def addresses_of(report: BounceReport) -> list[str]:
    """Return the addresses in a report, as written and in small letters."""
    found = [each for told in report.recipients for each in (told.original, told.address) if each]
    return [*dict.fromkeys([*found, *(each.lower() for each in found)])]


def match_recipient(told: ReportedRecipient, recipients: Sequence[MatchedRecipient]) -> MatchedRecipient | None:
    """Return the recipient of the message that a report means, None when it names none of them.

    A forwarded message comes back from an address that the sender never heard of. If the message had one recipient, it
    is that one.
    """
    for address in (told.original, told.address):
        found = next((each for each in recipients if address and _same(each.address, address)), None)
        if found is not None:
            return found
    return recipients[0] if len(recipients) == 1 else None


def outcome_of(told: ReportedRecipient) -> RecipientOutcome:
    """Return what becomes of a recipient for whom the delivery failed."""
    verdict = judge_bounce(told)
    return RecipientOutcome(RecipientState.BOUNCED, told.code, told.status, told.said, verdict.advice)


def _same(one: str, other: str) -> bool:
    """Whether two addresses are the same to a server; a domain may be written in its ASCII form."""
    return _folded(one) == _folded(other)


def _folded(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local.lower()}@{'.'.join(_labels(domain.rstrip('.').lower()))}"


def _labels(domain: str) -> Iterable[str]:
    for label in domain.split("."):
        if label.isascii():
            yield label
            continue
        try:
            yield label.encode("idna").decode("ascii")
        except UnicodeError:
            yield label
