"""Further fields of the caller's own: what stands in them is read as it was meant, by the syntax of the field."""

from __future__ import annotations

import email.policy
from email import message_from_bytes
from email.message import EmailMessage

import pytest

from postroom.mail.composing.further import further_field


def read(name: str, value: str) -> tuple[str, EmailMessage]:
    field = further_field(name, value)
    assert field.isascii()
    message = message_from_bytes(field.encode() + b"\r\n\r\n", policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert message[name].defects == ()
    return field, message


@pytest.mark.parametrize("name", ["Sender", "Resent-To", "resent-from"])
def test_a_name_before_an_address_is_encoded_and_the_address_is_not(name: str) -> None:
    field, message = read(name, "Jörg Müller <jo@bücher.example>")
    assert "<jo@xn--bcher-kva.example>" in field
    (found,) = message[name].addresses
    assert (found.display_name, found.addr_spec) == ("Jörg Müller", "jo@xn--bcher-kva.example")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Sender", "=?utf-8?q?J=C3=B6rg?= <jo@example.com>"),
        ("Errors-To", "a@example.com"),
        ("In-Reply-To", "<=?a?b@example.com>"),
        ("List-Unsubscribe", "<https://example.com/?q==?utf-8?q?x?=>, <mailto:a@b.example>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("ARC-Seal", "i=1; b==?x"),
        ("Date", "Thu, 01 Jan 2026 00:00:00 +0200"),
    ],
)
def test_a_field_with_a_syntax_of_its_own_stays_as_it_is(name: str, value: str) -> None:
    assert further_field(name, value).replace("\r\n ", " ") == f"{name}: {value}"


def test_text_is_encoded() -> None:
    for value in ("Grüße", "=?utf-8?q?x?=", "x" * 5000, "a\u2028b"):
        field, message = read("X-Note", value)
        assert max(map(len, field.split("\r\n"))) <= 78
        assert str(message["x-note"]) == value
    # What is no list of addresses cannot be made one.
    assert further_field("Sender", "Jörg") == "Sender: =?utf-8?B?SsO2cmc=?="
