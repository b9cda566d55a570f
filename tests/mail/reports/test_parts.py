"""The parts of a message that may be a report."""

from __future__ import annotations

from postroom.mail.reports.parts import LONGEST_REPORT, groups_of_fields, head_of, read_parts
from tests.mail.reports.sample_form import dsn, letter


def test_head_leaves_and_texts() -> None:
    parts = read_parts(dsn("Words.", "Reporting-MTA: dns; a\n"))
    assert parts.head["subject"] == [b"Undelivered Mail Returned to Sender"]
    kinds = [f"{leaf.type}/{leaf.subtype}" for leaf in parts.leaves]
    assert kinds == ["text/plain", "message/delivery-status", "text/rfc822-headers"]
    assert [text.strip() for text in parts.texts()] == ["Words."]
    assert len([*parts.of_type("message/delivery-status", "text/plain")]) == 2


def test_plain_texts_come_before_html_and_all_are_bounded() -> None:
    html = "--b\nContent-Type: text/html\n\n<p>Hello <b>Ann</b></p>\n"
    plain = "--b\nContent-Type: text/plain\n\nHi\n"
    octets = letter(f"Content-Type: multipart/mixed; boundary=b\n\n{html}{plain}--b--\n")
    assert [text.strip() for text in read_parts(octets).texts()] == ["Hi", "Hello Ann"]
    long = letter("Content-Type: multipart/mixed; boundary=b\n\n" + f"--b\n\n{'word ' * 4000}\n" * 50)
    assert sum(map(len, read_parts(long).texts())) <= 48 * 1024


def test_only_the_beginning_is_read() -> None:
    octets = letter("Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" + "x" * LONGEST_REPORT + "\n--b\n\nlate\n")
    assert len(read_parts(octets).leaves) == 1


def test_heads() -> None:
    assert head_of(b"\r\n\r\nA: 1\r\nB: 2\r\n 3\r\n\r\nC: 4") == {"a": [b"1"], "b": [b"2 3"]}
    assert head_of(b"") == {}


def test_groups_of_fields() -> None:
    parts = read_parts(dsn("x", "A: 1\nB: 2\n \n\n\nC: 3\n\nno field\n\nD: 4\n"))
    part = next(parts.of_type("message/delivery-status"))
    assert groups_of_fields(part) == [{"a": [b"1"], "b": [b"2"]}, {"c": [b"3"]}, {"d": [b"4"]}]
