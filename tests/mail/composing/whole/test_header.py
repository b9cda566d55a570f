"""The fields of a header, as they are written."""

from __future__ import annotations

import pytest

from postroom.mail.composing.whole.header import HeaderField, MalformedHeader, first_value, split_header


def test_fields_keep_their_octets() -> None:
    raw = b"Subject: one\r\n two\r\nX-Y : \xff\r\nX-Empty:\r\n\r\nbody: no\r\n"
    fields, body = split_header(raw)
    assert [each.name for each in fields] == ["subject", "x-y", "x-empty"]
    assert b"".join(each.octets for each in fields) + b"\r\n" + raw[body:] == raw
    assert (first_value(fields, "subject"), first_value(fields, "x-y"), first_value(fields, "to")) == (
        b"one two",
        b"\xff",
        None,
    )


@pytest.mark.parametrize(
    ("raw", "names", "body"),
    [
        (b"", [], b""),
        (b"\r\nSubject: in the body", [], b"Subject: in the body"),
        (b"Subject: x", ["subject"], b""),
        (b"From me@example.com Fri Jan  2\r\nSubject: x\r\n\r\n", ["subject"], b""),
    ],
)
def test_a_header_may_be_short(raw: bytes, names: list[str], body: bytes) -> None:
    fields, at = split_header(raw)
    assert ([each.name for each in fields], raw[at:]) == (names, body)
    assert all(each.octets.endswith(b"\r\n") for each in fields)


@pytest.mark.parametrize(
    ("raw", "line"), [(b"Subject: x\r\nhello\r\n\r\n", 2), (b" x\r\n", 1), (b"Su bject: x\r\n", 1), (b": x\r\n", 1)]
)
def test_a_line_that_is_no_field_is_named(raw: bytes, line: int) -> None:
    with pytest.raises(MalformedHeader, match=f"line {line} "):
        split_header(raw)


def test_only_a_part_is_read() -> None:
    raw = b"A: b\r\n\r\nC: d\r\n\r\nE: f"
    fields, body = split_header(raw, 8, 14)
    assert ([each.name for each in fields], body) == (["c"], 14)


def test_a_written_field_gets_its_line_end() -> None:
    field = HeaderField.of("Reply-To: a@b.example,\r\n c@d.example")
    assert (field.name, field.value) == ("reply-to", b"a@b.example, c@d.example")
    assert field.octets.endswith(b"example\r\n")
