"""Real refusals, and what they decide."""

from __future__ import annotations

import pytest

from postroom.smtp.replies import Reply, ReplyReader
from postroom.smtp.verdicts import SmtpOutcome, is_too_many_recipients, judge

FINAL, AGAIN = SmtpOutcome.FINAL, SmtpOutcome.AGAIN


def reply(text: str) -> Reply:
    [read] = ReplyReader().feed(f"{text}\r\n".encode())
    return read


REFUSALS = [
    ("550-5.4.5 Daily user sending limit exceeded. For more information on Gmail", AGAIN, "limit is reached", True),
    ("454 Throttling failure: Maximum sending rate exceeded.", AGAIN, "limit is reached", True),
    ("454 Throttling failure: Daily message quota exceeded.", AGAIN, "limit is reached", True),
    ("432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", AGAIN, "limit is reached", True),
    ("550 Domain example.test has exceeded the max emails per hour (50/50) allowed.", AGAIN, "limit is reached", True),
    ("550 5.1.8 Access denied, bad outbound sender", FINAL, "stopped this account", False),
    ("554 5.2.252 SendAsDenied; a@example.test not allowed to send as b@example.test", FINAL, "send as", False),
    ("553 5.7.1 <b@example.test>: Sender address rejected: not owned by user ada", FINAL, "send as", False),
    ("554 Message rejected: Email address is not verified.", FINAL, "send as", False),
    ("554 5.7.1 <b@example.test>: Relay access denied", FINAL, "relay", False),
    ("550 5.1.1 The email account that you tried to reach does not exist.", FINAL, "no such mailbox", False),
    ("550 5.1.2 Host unknown", FINAL, "domain", False),
    ("452 4.2.2 The recipient's inbox is out of storage space.", AGAIN, "full", False),
    ("552 5.2.2 Mailbox quota exceeded", FINAL, "full", False),
    ("550 5.2.1 The email account that you tried to reach is disabled.", FINAL, "switched off", False),
    ("552 5.3.4 Message size exceeds fixed limit", FINAL, "too large", False),
    ("450 4.2.0 <b@example.test>: Recipient address rejected: Greylisted", AGAIN, "greylisting", False),
    (
        "554 5.7.1 Client host [192.0.2.1] blocked using zen.spamhaus.org",
        FINAL,
        "block list",
        False,
    ),
    ("550 5.7.1 Message rejected as spam by content scanning", FINAL, "for spam", False),
    ("550 5.7.1 Rejected by policy", FINAL, "policy", False),
    ("451 4.3.0 Temporary server error. Please try again later", AGAIN, "problem of its own", False),
    ("503 5.5.1 Bad sequence of commands", AGAIN, None, False),
    ("552 5.5.3 Too many recipients", AGAIN, "takes no more", False),
    ("550 Requested action not taken", FINAL, None, False),
]


@pytest.mark.parametrize(
    ("text", "outcome", "advice", "is_about_account"), REFUSALS, ids=[each[0][:30] for each in REFUSALS]
)
def test_refusals(text: str, outcome: SmtpOutcome, advice: str | None, is_about_account: bool) -> None:
    verdict = judge(reply(text.replace("550-", "550 ")))
    assert (verdict.outcome, verdict.is_about_the_account, verdict.closes) == (outcome, is_about_account, False)
    assert verdict.advice is None if advice is None else advice in (verdict.advice or "")


def test_a_server_that_closes() -> None:
    verdict = judge(reply("421 4.3.2 Shutting down"))
    assert (verdict.outcome, verdict.closes) == (AGAIN, True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("452 4.5.3 Error: too many recipients", True),
        ("452 Too many recipients", True),
        ("552 Too many recipients", True),
        ("452 4.5.3 Your message has too many recipients.", True),
        ("452 4.2.2 Mailbox full", False),
        ("452 4.3.1 Insufficient system storage", False),
        ("550 5.5.3 Too many recipients", False),
        ("250 too many recipients", False),
    ],
)
def test_too_many_recipients(text: str, expected: bool) -> None:
    assert is_too_many_recipients(reply(text)) == expected
