"""What servers mean by their words and codes."""

from __future__ import annotations

import pytest

from postroom.smtp.rejections import UNRECOGNISED, recognise


@pytest.mark.parametrize(
    ("said", "enhanced", "category"),
    [
        ("550 5.1.1 The email account that you tried to reach does not exist", "5.1.1", "user_unknown"),
        ("550 5.1.10 RESOLVER.ADR.RecipientNotFound", "5.1.10", "user_unknown"),
        ("550 5.4.1 Recipient address rejected: Access denied", "5.4.1", "user_unknown"),
        ("553 sorry, no mailbox here by that name", None, "user_unknown"),
        ("550 Requested action not taken: mailbox unavailable", None, "user_unknown"),
        ("Empfänger unbekannt", None, "user_unknown"),
        ("554 5.4.4 Host or domain name not found", "5.4.4", "invalid_address"),
        ("501 5.1.3 Bad recipient address syntax", "5.1.3", "invalid_address"),
        ("556 5.1.10 example.org does not accept mail (nullMX)", "5.1.10", "invalid_address"),
        ("550 5.2.1 The account is disabled", "5.2.1", "mailbox_disabled"),
        ("552 5.2.2 mailbox full", "5.2.2", "mailbox_full"),
        ("452 4.2.2 The recipient's inbox is out of storage space", "4.2.2", "mailbox_full"),
        ("450 4.2.0 Greylisted, see http://postgrey.example/", "4.2.0", "greylisting"),
        ("451 4.7.1 Please come back", "4.7.1", "greylisting"),
        ("421 4.7.28 Our system detected an unusual rate", "4.7.28", "rate_limited"),
        ("421 4.7.0 too many connections from your IP", "4.7.0", "rate_limited"),
        ("550 5.4.5 Daily user sending limit exceeded", "5.4.5", "rate_limited"),
        ("554 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org", "5.7.1", "ip_blacklisted"),
        ("550 5.7.1 Unfortunately, part of their network is on our block list (S3140)", "5.7.1", "ip_blacklisted"),
        ("554 5.7.1 see https://www.spamcop.example/bl.shtml?192.0.2.1", "5.7.1", "ip_blacklisted"),
        ("554 5.7.1 Blocked: shop.example listed at dbl.spamhaus.org", "5.7.1", "domain_blacklisted"),
        ("550 5.7.26 This mail has been blocked because the sender is unauthenticated", "5.7.26", "policy_blocked"),
        ("550 5.7.26 Unauthenticated email from shop.example is not accepted due to DMARC", "5.7.26", "auth_failure"),
        ("550 SPF check failed", None, "auth_failure"),
        ("554 5.7.60 SMTP; Client does not have permissions to send as this sender", "5.7.60", "auth_failure"),
        ("554 5.7.1 <ann@b.example>: Relay access denied", "5.7.1", "relay_denied"),
        ("554 5.7.1 Message rejected as spam by Content Filtering", "5.7.1", "spam_blocked"),
        ("552 5.7.0 This message was blocked because its content presents a virus", "5.7.0", "virus_detected"),
        ("550 we do not take mail from your country", None, "geo_blocked"),
        ("552 5.3.4 Message size exceeds fixed limit", "5.3.4", "policy_blocked"),
        ("550 5.7.1 Rejected by policy", "5.7.1", "policy_blocked"),
        ("connect to mx.example[192.0.2.1]:25: Connection timed out", "4.4.1", "server_error"),
        ("554 5.4.6 mail for ann@b.example loops back to myself", "5.4.6", "server_error"),
        ("451 4.3.0 hm", "4.3.0", "server_error"),
    ],
)
def test_categories(said: str, enhanced: str | None, category: str) -> None:
    assert recognise(said, enhanced).category == category
    assert recognise(said.upper(), enhanced).category == category


def test_words_in_addresses_and_urls_do_not_count() -> None:
    assert recognise("550 <spam-virus@relay-denied.example>: hm", None) is UNRECOGNISED
    assert recognise("550 see https://example.org/mailbox-full/user-unknown", None) is UNRECOGNISED
    assert recognise("550 see https://www.spamhaus.org/query/ip/192.0.2.1", None).category == "ip_blacklisted"


def test_only_limits_of_the_own_provider_are_about_the_account() -> None:
    assert recognise("550 5.4.5 Daily user sending limit exceeded", "5.4.5").is_about_the_account
    assert not recognise("450 4.2.1 The user is receiving mail at a rate that prevents delivery").is_about_the_account
    assert not recognise("550 5.1.1 no such user", "5.1.1").is_about_the_account


def test_what_nobody_knows_has_no_advice() -> None:
    for said in ("", "550", "550 hm", "x" * 100_000):
        assert recognise(said) is UNRECOGNISED
    assert UNRECOGNISED.advice is None


def test_all_else_has_advice() -> None:
    assert all(recognise("", code).advice for code in ("5.1.1", "5.2.2", "5.7.1", "4.7.1", "4.4.2", "5.3.4", "5.7.26"))
