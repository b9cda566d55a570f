"""The test suite's Postfix does what its docstrings promise."""

from __future__ import annotations

import smtplib
import time
from collections.abc import Iterator

import pytest

from tests.live.dovecot import Dovecot
from tests.live.postfix import Postfix

pytestmark = pytest.mark.postfix

DATE = b"Date: Sat, 28 Nov 2026 09:00:00 +0000\r\n"
MESSAGE = DATE + b"From: a@example.test\r\nMessage-ID: <one@example.test>\r\nSubject: hello\r\n\r\n.hello\r\n"
SENDER = "postfix-sender@example.test"


@pytest.fixture
def session(postfix: Postfix) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP(postfix.host, postfix.port, timeout=20) as session:
        session.login(SENDER, postfix.dovecot.password)
        yield session


def arrived(dovecot: Dovecot, user: str) -> bytes:
    """The newest message in a mailbox, which may still be on its way."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with dovecot.side_door(user) as mailbox:
            count = int(mailbox.select()[1][0] or 0)
            if count:
                (_, octets), *_ = mailbox.fetch(str(count), "(BODY.PEEK[])")[1]  # type: ignore[misc]
                return bytes(octets)
        time.sleep(0.05)
    raise AssertionError(f"nothing arrived for {user}")


def test_it_takes_mail_and_delivers_it_to_the_mailbox(session: smtplib.SMTP, dovecot: Dovecot) -> None:
    assert session.sendmail(SENDER, ["postfix-taken@example.test"], MESSAGE) == {}
    assert arrived(dovecot, "postfix-taken@example.test").endswith(MESSAGE)


def test_it_refuses_wrong_passwords_strangers_and_users_that_are_missing(
    postfix: Postfix, session: smtplib.SMTP
) -> None:
    assert session.sendmail(SENDER, ["postfix-there@example.test", "missing@example.test"], MESSAGE).keys() == {
        "missing@example.test"
    }
    with smtplib.SMTP(postfix.host, postfix.port, timeout=20) as stranger:
        with pytest.raises(smtplib.SMTPAuthenticationError):
            stranger.login(SENDER, "not it")
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            stranger.sendmail(SENDER, ["postfix-there@example.test"], MESSAGE)


def test_tls_and_starttls_are_trusted_through_the_authority_file(postfix: Postfix) -> None:
    context = postfix.dovecot.client_context()
    with smtplib.SMTP_SSL("localhost", postfix.tls_port, context=context, timeout=20) as session:
        session.login(SENDER, postfix.dovecot.password)
    with smtplib.SMTP("localhost", postfix.port, timeout=20) as session:
        session.starttls(context=context)
        session.login(SENDER, postfix.dovecot.password)


def test_mail_for_one_domain_comes_back_as_a_bounce(postfix: Postfix, dovecot: Dovecot) -> None:
    sender = "postfix-bounced@example.test"
    with smtplib.SMTP(postfix.host, postfix.port, timeout=20) as session:
        session.login(sender, dovecot.password)
        session.sendmail(sender, ["gone@bounces.test"], MESSAGE)
    report = arrived(dovecot, sender)
    assert b"report-type=delivery-status" in report
    assert b"Final-Recipient: rfc822; gone@bounces.test" in report
    assert b"Message-ID: <one@example.test>" in report


def test_it_is_stopped_and_started_on_the_same_ports(dovecot: Dovecot) -> None:
    with Postfix(dovecot) as postfix:
        for abruptly in (False, True):
            postfix.stop(abruptly=abruptly)
            with pytest.raises(ConnectionRefusedError):
                smtplib.SMTP(postfix.host, postfix.port)
            postfix.start()
        smtplib.SMTP(postfix.host, postfix.port, timeout=20).quit()
    assert not postfix.folder.exists()
