"""Header fields: what is written reads back as it was meant, within the limits of a line and of its field."""

from __future__ import annotations

import email.policy
import re
from email import message_from_bytes
from email.message import EmailMessage
from urllib.parse import unquote

import pytest

from postroom.mail.composing.draft import Correspondent
from postroom.mail.composing.fields import address_field, ascii_domain, id_field, parameterised_field, text_field
from postroom.mail.mime.encoded_words import decode_header
from postroom.mail.mime.headers import read_headers
from postroom.mail.mime.parameters import read_parameters

TEXTS = (
    "Hello",
    "two  spaces and a very long line of plain words that has to be folded somewhere around here or a bit later on",
    "Grüße aus München",
    "日本語の件名はとても長いので、いくつかの符号化された語に分けて書かなければなりません。そうでしょう?",
    "🙂" * 60,
    "=?utf-8?q?not_ours?=",
    "x" * 2000,
)


def lines_of(field: str) -> list[str]:
    lines = field.split("\r\n")
    assert all(line.startswith(" ") and line.strip() for line in lines[1:])
    assert not re.search(r"[\r\n]", "".join(lines))
    assert field.isascii()
    return lines


def parsed(field: str) -> EmailMessage:
    message = message_from_bytes(field.encode() + b"\r\n\r\n", policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_reads_back(text: str) -> None:
    field = text_field("Subject", text)
    assert max(map(len, lines_of(field))) <= 78
    for word in re.findall(r"=\?\S+\?=", field):
        assert len(word) <= 75
    assert decode_header(read_headers(field.encode())["subject"][0]) == text
    assert str(parsed(field)["subject"]) == text


@pytest.mark.parametrize("before", range(8))
def test_no_character_of_a_long_parameter_is_broken(before: int) -> None:
    name = "a" * before + "Ü日🙂" * 12
    field = parameterised_field("Content-Disposition", "attachment", [("filename", name)])
    pieces = re.findall(r"filename\*\d+\*=([^;\s]+)", field)
    assert len(pieces) > 3
    # Some readers decode each piece by itself.
    assert "".join(unquote(each, errors="strict") for each in pieces) == f"utf-8''{name}"


def test_no_value_begins_another_field() -> None:
    for evil in ("a\r\nBcc: x@y.example", "a\nBcc: x@y.example", "a\rBcc: x@y.example", "a\r\n\r\nbody", "a\0b"):
        for field in (
            text_field("Subject", evil),
            address_field("To", [Correspondent("a@b.example", evil), Correspondent(f"a@b.example{evil}", "A")]),
            parameterised_field("Content-Disposition", "attachment", [("filename", evil)]),
        ):
            assert list(read_headers(field.encode())) == [field.partition(":")[0].lower()]
            assert "\0" not in field
            lines_of(field)


@pytest.mark.parametrize(
    "name",
    [
        *("", "Jo", "Jo Doe", "Doe, Jo", 'The "Boss"', "back\\slash", "a@b", "Jörg Müller", "=?utf-8?q?x?="),
        *(
            "山田 太郎",
            "A very, very long name with a comma that goes on and on until nobody reads it any more, really",
        ),
        "Müller, Jörg; <evil@example.com>",
    ],
)
def test_a_name_reads_back(name: str) -> None:
    field = address_field("To", [Correspondent("jo@example.com", name), Correspondent("x@example.com", "X, Y")])
    assert max(map(len, lines_of(field))) <= 78
    if len(name) > 60:
        # The library's reader puts spaces between the encoded words of a name.
        read = decode_header(read_headers(field.encode())["to"][0])
        assert read == f'{name} <jo@example.com>, "X, Y" <x@example.com>'
        return
    found = parsed(field)["to"].addresses
    assert [(each.display_name, each.addr_spec) for each in found] == [
        (name, "jo@example.com"),
        ("X, Y", "x@example.com"),
    ]


def test_a_domain_is_written_in_ascii_where_that_is_possible() -> None:
    assert address_field("To", [Correspondent("jo@bücher.example")]) == "To: jo@xn--bcher-kva.example"
    assert address_field("To", [Correspondent("jö@bücher.example")]) == "To: jö@bücher.example"
    assert ascii_domain("..ü") == "..ü"


def test_many_addresses_are_folded() -> None:
    many = [Correspondent(f"person{number}@example.com", f"Person {number}") for number in range(200)]
    field = address_field("Cc", many)
    assert max(map(len, lines_of(field))) <= 78
    assert [each.addr_spec for each in parsed(field)["cc"].addresses] == [each.address for each in many]


def test_ids_are_never_broken() -> None:
    ids = [f"<{'x' * 200}{number}@example.com>" for number in range(5)]
    assert id_field("References", ids) == "References: " + "\r\n ".join(ids)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "a.txt",
            "two words.txt",
            'say "hi".txt',
            "back\\slash",
            "Übersicht.pdf",
            "日本語.txt",
            "100% & more;x=y.txt",
        ),
        # Readers decode encoded words here, and some end an unquoted value at these signs.
        *("=?utf-8?q?x?=.txt", "it's.txt", "a*b.txt", "100%.txt"),
        *("ein langer Dateiname mit Umlauten äöü." * 5, "🙂" * 40, "x" * 250, "%41.txt ü"),
    ],
)
def test_a_file_name_reads_back(name: str) -> None:
    field = parameterised_field("Content-Disposition", "attachment", [("filename", name)])
    assert max(map(len, lines_of(field))) <= 78
    raw = read_headers(field.encode())["content-disposition"][0]
    assert read_parameters(raw)[2] == {"filename": name}
    assert parsed(field).get_filename() == name


def test_a_name_of_one_long_word_is_broken() -> None:
    field = address_field("From", (Correspondent("a@b.example", "x" * 1200),))
    assert max(map(len, field.split("\r\n"))) <= 78
