"""Reports of the common mail systems, read as a whole."""

from __future__ import annotations

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.mail.reports.reading import read_report
from postroom.mail.reports.values import BounceReport, ReportAction
from postroom.mail.reports.verdict import judge_bounce
from tests.mail.reports.sample_form import Expected, ReportSample, dsn, letter
from tests.mail.reports.samples import SAMPLES
from tests.mail.reports.standard_samples import POSTFIX


def bounce(octets: bytes) -> BounceReport:
    report = read_report(octets)
    assert isinstance(report, BounceReport)
    return report


def seen(report: BounceReport) -> tuple[Expected, ...]:
    return tuple(
        Expected(each.address, each.action, each.status, each.code, judge_bounce(each).category.value, each.mta)
        for each in report.recipients
    )


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.system)
def test_reports_of_the_common_systems(sample: ReportSample) -> None:
    report = bounce(sample.octets)
    assert seen(report) == sample.recipients
    assert next(iter(report.original.message_ids), None) == sample.message_id
    assert report.mta == sample.mta


def test_a_machine_readable_part_in_base64_and_with_windows_line_ends() -> None:
    fields = base64.encodebytes(
        b"Reporting-MTA: dns;mx.example\r\n\r\nFinal-Recipient: RFC822;Ann@recipient.example\r\nAction: Failed\r\n"
        b"Status: 5.0.0\r\nDiagnostic-Code: smtp;550 5.7.1 Message contains a virus\r\n"
    ).decode()
    report = bounce(
        dsn("x", f"\n{fields}").replace(b"status\r\n\r\n", b"status\r\nContent-Transfer-Encoding: base64\r\n", 1)
    )
    assert seen(report) == (Expected("Ann@recipient.example", ReportAction.FAILED, "5.7.1", 550, "virus_detected"),)


def test_the_fields_as_an_attached_file_or_as_text() -> None:
    whole = dsn(
        "x", "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; ann@recipient.example\nStatus: 5.1.1\n"
    )
    for kind in (b"application/octet-stream; name=details.txt", b"text/plain"):
        report = bounce(whole.replace(b"message/delivery-status", kind))
        assert [(each.address, each.status) for each in report.recipients] == [("ann@recipient.example", "5.1.1")]
        assert report.mta == "mx.example"


def test_a_report_that_only_says_which_message_it_is_about() -> None:
    report = bounce(letter("From: mailer-daemon@x.example\nIn-Reply-To: <a@shop.example>\n\nSomething went wrong.\n"))
    assert report.recipients == ()
    assert report.original.message_ids == ("<a@shop.example>",)


@pytest.mark.parametrize(
    "text",
    [
        "From: ann@recipient.example\nSubject: Hello\n\nSee you at noon, and write to bob@recipient.example.\n",
        "",
        "\n\n",
        "Content-Type: multipart/report\n\n",
    ],
)
def test_what_is_no_report(text: str) -> None:
    assert read_report(letter(text)) is None


def test_successes_are_read_as_such() -> None:
    report = bounce(
        dsn("Delivered.", "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; a@b.example\nAction: delivered\n")
    )
    assert [each.action for each in report.recipients] == [ReportAction.DELIVERED]


def test_of_ten_thousand_recipients_some_hundred_are_read() -> None:
    many = "".join(f"Final-Recipient: rfc822; u{n}@x.example\nAction: failed\n\n" for n in range(10_000))
    assert len(bounce(dsn("x", f"Reporting-MTA: dns; mx\n\n{many}")).recipients) == 250


HOSTILE = {
    "one line": "a" * 1_000_000,
    "at signs": "a@" * 500_000,
    "labels": "was not delivered to: a@" + "b." * 500_000,
    "blanks": " " * 1_000_000,
    "blank lines": " \n" * 500_000,
    "phrases": "your message was not delivered to " * 30_000,
    "replies": "the following address failed:\n" + "a@b.example\n host 550 " * 40_000,
    "hosts": "the following address failed:\na@b.example host " + "a.a-" * 250_000,
    "codes": "the following address failed:\na@b.example " + "5.1." * 250_000,
    "rules": ("-" * 80 + "this is ") * 12_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts_cost_as_much_as_they_are_long(text: str) -> None:
    """Processor time, with room for a slow machine: a pattern that goes back and forth takes minutes."""
    begun = time.process_time()
    read_report(letter("From: mailer-daemon@x.example\n\n" + text))
    read_report(letter(f"From: mailer-daemon@x.example\nContent-Type: text/html\n\n<p>{text}"))
    assert time.process_time() - begun < 10


def test_deep_nesting_and_many_parts() -> None:
    deep = (
        "Content-Type: multipart/mixed; boundary=a\n\n" + "--a\nContent-Type: multipart/mixed; boundary=a\n\n" * 20_000
    )
    assert read_report(letter(deep)) is None
    many = "Content-Type: multipart/mixed; boundary=a\n\n" + "--a\nContent-Type: text/plain\n\nyour message \n" * 20_000
    assert read_report(letter(many)) is None


@given(st.binary(max_size=300), st.integers(0, 4000), st.integers(0, 4000), st.sampled_from(SAMPLES))
def test_damaged_reports_are_read_without_an_error(noise: bytes, at: int, cut: int, sample: ReportSample) -> None:
    octets = sample.octets
    for damaged in (octets[:at] + noise + octets[at + cut :], octets[at:], noise + octets, noise):
        report = read_report(damaged)
        if isinstance(report, BounceReport):
            for each in report.recipients:
                judge_bounce(each)
                assert "@" in each.address


@given(st.sampled_from(["latin-1", "utf-16", "cp1251", "utf-7", "gb18030"]), st.sampled_from(SAMPLES))
def test_wrong_charsets_lose_no_recipients(charset: str, sample: ReportSample) -> None:
    """The charset is wrong, so words may be lost; addresses in ASCII are not, except where the charset is wider."""
    octets = sample.octets.replace(b"utf-8", charset.encode()).replace(b"UTF-8", charset.encode())
    assert read_report(octets) is not None


def test_words_of_servers_hold_no_control_characters() -> None:
    fields = POSTFIX.octets.replace(b"User unknown", b"User \x1b[31m\x00unknown\xe2\x80\xae")
    said = bounce(fields).recipients[0].said
    assert said is not None
    assert said.isprintable()
