"""What a caller should do about a bounce: category, recommended action, block list, and when to try again. Pure.

The category is that of `smtp/rejections`, the one table for live replies and for reports.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from postroom.footprint.dataclass import dataclass
from postroom.mail.reports.values import ReportedRecipient
from postroom.smtp.rejections import RejectionCategory, recognise

__all__ = ["BlockList", "BounceVerdict", "judge_bounce"]

RecommendedAction = Literal["remove", "retry", "review", "fix_configuration", "retry_different_ip", "remove_content"]

_C: Final = RejectionCategory
_ACTIONS: Final[dict[RejectionCategory, RecommendedAction]] = {
    _C.USER_UNKNOWN: "remove",
    _C.INVALID_ADDRESS: "remove",
    _C.MAILBOX_DISABLED: "remove",
    _C.MAILBOX_FULL: "retry",
    _C.GREYLISTING: "retry",
    _C.RATE_LIMITED: "retry",
    _C.SERVER_ERROR: "retry",
    _C.IP_BLACKLISTED: "retry_different_ip",
    _C.DOMAIN_BLACKLISTED: "fix_configuration",
    _C.AUTH_FAILURE: "fix_configuration",
    _C.RELAY_DENIED: "fix_configuration",
    _C.SPAM_BLOCKED: "review",
    _C.POLICY_BLOCKED: "review",
    _C.VIRUS_DETECTED: "remove_content",
    _C.GEO_BLOCKED: "retry_different_ip",
    _C.UNKNOWN: "review",
}

_LISTS: Final = (
    ("Spamhaus DBL", "domain", r"\bdbl\.spamhaus|spamhaus dbl"),
    ("Spamhaus", "ip", r"spamhaus"),
    ("SpamCop", "ip", r"spamcop"),
    ("Barracuda", "ip", r"barracuda"),
    ("SORBS", "ip", r"\bsorbs\b"),
    ("UCEPROTECT", "ip", r"uceprotect"),
    ("SURBL", "domain", r"\bsurbl\b"),
    ("URIBL", "domain", r"\buribl\b"),
    ("Mailspike", "ip", r"mailspike"),
    ("Abusix", "ip", r"abusix"),
    ("PSBL", "ip", r"\bpsbl\b"),
    ("GBUdb", "ip", r"gbudb"),
    ("Cloudmark", "ip", r"cloudmark"),
    ("Proofpoint", "ip", r"proofpoint"),
    ("Invaluement", "ip", r"invaluement"),
    ("Sender Score", "ip", r"senderscore|sender ?score"),
    ("Backscatterer", "ip", r"backscatterer"),
    ("Hostkarma", "ip", r"hostkarma"),
    ("Microsoft", "ip", r"\bs31[45]0\b|part of their network is on our block list|banned sending ip"),
    ("Yahoo", "ip", r"\btss0[0-9]\b"),
)
_PATTERNS: Final = tuple((name, kind, re.compile(words, re.IGNORECASE)) for name, kind, words in _LISTS)
_LISTED: Final = {_C.IP_BLACKLISTED: "ip", _C.DOMAIN_BLACKLISTED: "domain"}
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_AGAIN: Final = re.compile(
    r"(?:again|retry|wait|back|until|greylisted|graylisted|delayed)\W.{0,40}?"
    r"\b(\d{1,6})[ \-]?(s\b|sec|min|m\b|h\b|hour|hr|day|d\b)",
    re.IGNORECASE | re.DOTALL,
)
_CLOCK: Final = re.compile(r"(?:again|retry|wait|greylisted).{0,40}?\b(\d{1,2}):([0-5]\d):([0-5]\d)\b", re.IGNORECASE)
_LONGEST_WAIT: Final = 7 * 86_400


@dataclass(frozen=True, slots=True)
class BlockList:
    """A block list, and what it lists: `ip` or `domain`."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class BounceVerdict:
    """What a bounce means. `retry_after` is in seconds, as the server named it; None when it did not."""

    category: RejectionCategory
    recommended: RecommendedAction
    advice: str | None
    block_list: BlockList | None = None
    retry_after: int | None = None


def judge_bounce(recipient: ReportedRecipient) -> BounceVerdict:
    """Return what the report about a recipient means."""
    said = recipient.said or ""
    meant = recognise(said, recipient.status)
    category = meant.category
    if category is _C.UNKNOWN and (recipient.status or "").startswith("4."):
        category = _C.SERVER_ERROR
    recommended = _ACTIONS[category]
    return BounceVerdict(
        category,
        recommended,
        meant.advice,
        _block_list(said, category),
        _retry_after(said) if recommended == "retry" else None,
    )


def _block_list(said: str, category: RejectionCategory) -> BlockList | None:
    kind = _LISTED.get(category)
    if kind is None:
        return None
    found = next((BlockList(name, lists) for name, lists, words in _PATTERNS if words.search(said)), None)
    return found or BlockList("unknown", kind)


def _retry_after(said: str) -> int | None:
    clock = _CLOCK.search(said)
    if clock is not None:
        return int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3])
    found = _AGAIN.search(said)
    if found is None:
        return None
    return min(int(found[1]) * _UNITS[found[2][0].lower()], _LONGEST_WAIT)
