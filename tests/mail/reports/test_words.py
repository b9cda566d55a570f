"""Addresses, codes and typed values in the fields of reports."""

from __future__ import annotations

import pytest

from postroom.mail.reports.words import address_of, code_in, field_text, field_texts, status_in, typed


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("rfc822; ann@b.example", "ann@b.example"),
        ("RFC822;<ann@b.example>", "ann@b.example"),
        ("ann@b.example", "ann@b.example"),
        ("rfc822; ann@b.example (Ann, bob@c.example)", "ann@b.example"),
        ("utf-8; j\\x{F6}rg@b.example", "jörg@b.example"),
        ("utf-8; jörg@bücher.example", "jörg@bücher.example"),
        ("rfc822; ann+tag=x@b.example.", "ann+tag=x@b.example"),
        ("x400; /c=de/", None),
        ("rfc822;", None),
        ("", None),
        (None, None),
        ("utf-8; a\\x{D800}\\x{FFFFFF}b@c.example", "ab@c.example"),
    ],
)
def test_addresses(value: str | None, address: str | None) -> None:
    assert address_of(value) == address


@pytest.mark.parametrize(
    ("value", "kind", "rest"),
    [
        ("dns; mx.example", "dns", "mx.example"),
        ("smtp;550 5.1.1 a; b", "smtp", "550 5.1.1 a; b"),
        ("550 no; really", None, "550 no; really"),
        ("mx.example", None, "mx.example"),
        ("smtp;", "smtp", None),
        (None, None, None),
    ],
)
def test_typed_values(value: str | None, kind: str | None, rest: str | None) -> None:
    assert typed(value) == (kind, rest)


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("550 5.1.1 no", "5.1.1", 550),
        ("550-5.7.26 no", "5.7.26", 550),
        ("#5.1.1", "5.1.1", None),
        ("5.0.0, then 5.2.2", "5.2.2", None),
        ("5.0.0", "5.0.0", None),
        ("host 192.5.1.1 at 10.550.1.1", None, None),
        ("version 15.20.5.1.1", None, None),
        ("5.01.001 (bad)", "5.1.1", None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_codes(text: str | None, status: str | None, code: int | None) -> None:
    assert (status_in(text), code_in(text)) == (status, code)


def test_the_first_value_that_is_there() -> None:
    fields = {"a": [b"", b"=?utf-8?q?=C3=A4?="], "b": [b"x\x1b[1m\x00y"]}
    assert field_text(fields, "none", "a", "b") == "ä"
    assert field_text(fields, "b") == "xy"
    assert field_text(fields, "none") is None
    assert field_texts({"a": [b"1"] * 500}, "a", most=3) == ["1", "1", "1"]
