"""MAIL and RCPT, as each server can take them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.smtp.envelope import Dsn, SmtpEnvelope, Unsendable, check, mail_command, rcpt_command
from postroom.smtp.extensions import NO_EXTENSIONS, Extensions

ALL = Extensions(1000, eight_bit=True, utf8=True, pipelining=True, chunking=True, dsn=True, takes_size=True)
DSN = Dsn("id+1 =é", "headers", ("success", "failure"), "b@example.test")


def envelope(sender: str = "a@example.test", *recipients: str, size: int = 100, **more: object) -> SmtpEnvelope:
    return SmtpEnvelope(sender, recipients or ("b@example.test",), size, **more)  # type: ignore[arg-type]


def test_only_what_is_offered_is_used() -> None:
    wish = envelope(is_eight_bit=True, dsn=DSN)
    assert mail_command(wish, NO_EXTENSIONS) == b"MAIL FROM:<a@example.test>\r\n"
    assert rcpt_command("b@example.test", wish, NO_EXTENSIONS) == b"RCPT TO:<b@example.test>\r\n"
    said = b"MAIL FROM:<a@example.test> SIZE=100 BODY=8BITMIME RET=HDRS ENVID=id+2B1+20+3D+C3+A9\r\n"
    assert mail_command(wish, ALL) == said
    said = b"RCPT TO:<b@example.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;b@example.test\r\n"
    assert rcpt_command("b@example.test", wish, ALL) == said


def test_what_is_not_needed_is_not_used() -> None:
    assert mail_command(envelope(""), ALL) == b"MAIL FROM:<> SIZE=100\r\n"
    assert rcpt_command("b@example.test", envelope(), ALL) == b"RCPT TO:<b@example.test>\r\n"
    assert mail_command(envelope(dsn=Dsn(returns="full")), ALL) == b"MAIL FROM:<a@example.test> SIZE=100 RET=FULL\r\n"


def test_addresses_beyond_ascii() -> None:
    wish = envelope("jörg@example.test", dsn=Dsn(recipient="jörg+1@example.test"))
    assert mail_command(wish, ALL) == "MAIL FROM:<jörg@example.test> SIZE=100 SMTPUTF8\r\n".encode()
    said = rcpt_command("b@example.test", wish, ALL)
    # RFC 6533 section 3.
    assert said == rb"RCPT TO:<b@example.test> ORCPT=utf-8;j\x{F6}rg+2B1@example.test" + b"\r\n"
    check(wish, ALL)
    assert mail_command(envelope(has_utf8_header=True), ALL).endswith(b" SMTPUTF8\r\n")


@pytest.mark.parametrize(
    ("wish", "offered", "code", "words"),
    [
        (envelope(size=1001), ALL, "EMESSAGE", "at most 1000 octets, and this one has 1001"),
        (envelope("jörg@example.test"), NO_EXTENSIONS, "EENVELOPE", "SMTPUTF8, which the address jörg@example.test"),
        (envelope("a@b", "jörg@c"), NO_EXTENSIONS, "EENVELOPE", "the address jörg@c"),
        (envelope(has_utf8_header=True), NO_EXTENSIONS, "EENVELOPE", "the header of the message"),
        (SmtpEnvelope("a@b", (), 1), ALL, "EENVELOPE", "no recipients"),
    ],
)
def test_what_a_server_cannot_take(wish: SmtpEnvelope, offered: Extensions, code: str, words: str) -> None:
    with pytest.raises(Unsendable) as caught:
        check(wish, offered)
    assert caught.value.code == code
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "address",
    ["a@b\r\nRCPT TO:<c@d>", "a@b> SIZE=1", "a b@c", "a\0@b", "a\x85@b", "\ud800@b", '"a\r\n"@b', '"a"b c"@d'],
)
def test_no_address_ends_its_command(address: str) -> None:
    for wish in (envelope(address), envelope("a@b", address)):
        with pytest.raises(Unsendable) as caught:
            check(wish, ALL)
        assert caught.value.code == "EENVELOPE"


def test_a_quoted_local_part_may_hold_what_others_may_not() -> None:
    wish = envelope('"a <b> \\" c"@example.test')
    check(wish, ALL)
    assert mail_command(wish, NO_EXTENSIONS) == b'MAIL FROM:<"a <b> \\" c"@example.test>\r\n'


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_command_is_one_line(sender: str, recipient: str) -> None:
    wish = envelope(sender, recipient, dsn=Dsn(id=sender.encode(errors="ignore").decode(), recipient="x@é"))
    try:
        check(wish, ALL)
    except Unsendable:
        return
    for command in (mail_command(wish, ALL), rcpt_command(recipient, wish, ALL)):
        assert command.count(b"\r") == command.count(b"\n") == 1
        assert command.endswith(b"\r\n")
