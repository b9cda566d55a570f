"""What a caller should do about a bounce."""

from __future__ import annotations

import pytest

from postroom.mail.reports.values import ReportAction, ReportedRecipient
from postroom.mail.reports.verdict import BlockList, judge_bounce
from postroom.smtp.rejections import RejectionCategory


def told(said: str | None, status: str | None = None) -> ReportedRecipient:
    return ReportedRecipient("ann@recipient.example", ReportAction.FAILED, status=status, said=said)


@pytest.mark.parametrize(
    ("said", "status", "category", "recommended"),
    [
        ("550 5.1.1 no such user", "5.1.1", "user_unknown", "remove"),
        ("552 5.2.2 over quota", "5.2.2", "mailbox_full", "retry"),
        ("554 blocked using zen.spamhaus.org", None, "ip_blacklisted", "retry_different_ip"),
        ("550 DMARC policy", None, "auth_failure", "fix_configuration"),
        ("554 contains a virus", None, "virus_detected", "remove_content"),
        ("554 looks like spam", None, "spam_blocked", "review"),
        (None, "4.9.9", "server_error", "retry"),
        (None, "5.0.0", "unknown", "review"),
        (None, None, "unknown", "review"),
    ],
)
def test_category_and_action(said: str | None, status: str | None, category: str, recommended: str) -> None:
    verdict = judge_bounce(told(said, status))
    assert (verdict.category, verdict.recommended) == (category, recommended)


def test_each_category_has_an_action() -> None:
    said = {
        "5.1.1": "user_unknown", "5.1.3": "invalid_address", "5.2.1": "mailbox_disabled", "5.2.2": "mailbox_full",
        "4.7.1": "greylisting", "4.5.3": "rate_limited", "4.4.1": "server_error", "5.7.606": "ip_blacklisted",
        "5.7.26": "auth_failure", "5.7.64": "relay_denied", "5.7.0": "policy_blocked",
    }  # fmt: skip
    for status, category in said.items():
        assert judge_bounce(told(None, status)).category == category
    by_words = {
        "surbl": "domain_blacklisted",
        "spam": "spam_blocked",
        "virus": "virus_detected",
        "geoip": "geo_blocked",
    }
    for words, category in by_words.items():
        assert judge_bounce(told(words)).category == category
    assert {*said.values(), *by_words.values(), "unknown"} == {each.value for each in RejectionCategory}


@pytest.mark.parametrize(
    ("said", "name", "kind"),
    [
        ("blocked using zen.spamhaus.org", "Spamhaus", "ip"),
        ("listed at dbl.spamhaus.org", "Spamhaus DBL", "domain"),
        ("554 bl.spamcop.net", "SpamCop", "ip"),
        ("550 multi.surbl.org lists the URL", "SURBL", "domain"),
        ("550 5.7.1 messages weren't sent: part of their network is on our block list (S3150)", "Microsoft", "ip"),
        ("550 your address is on the blacklist of bl.example", "unknown", "ip"),
    ],
)
def test_block_lists(said: str, name: str, kind: str) -> None:
    assert judge_bounce(told(said)).block_list == BlockList(name, kind)


def test_only_blocked_senders_have_a_block_list() -> None:
    assert judge_bounce(told("550 5.1.1 user unknown", "5.1.1")).block_list is None


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("450 4.2.0 Greylisted, try again in 300 seconds", 300),
        ("451 greylisted; please retry after 5 minutes", 300),
        ("421 4.7.0 rate limited, try again in 2 hours", 7200),
        ("450 greylisted, retry in 00:04:57", 297),
        ("451 greylisted, try again in 999999 days", 7 * 86_400),
        ("451 greylisted", None),
        ("550 5.1.1 no such user, try again in 300 seconds", None),
    ],
)
def test_when_to_try_again(said: str, seconds: int | None) -> None:
    assert judge_bounce(told(said)).retry_after == seconds
