"""Envelopes, and the address lists in them."""

from __future__ import annotations

import pytest

from postroom.imap.parsing.envelope import Address, Envelope, read_envelope
from tests.imap.reading import read_fetched

ANN = b'(NIL NIL "ann" "example.org")'


def to_header(addresses: bytes) -> tuple[Address, ...]:
    envelope = read_fetched(b"ENVELOPE (NIL NIL NIL NIL NIL " + addresses + b" NIL NIL NIL NIL)").envelope
    assert envelope is not None
    return envelope.to


def test_every_field_finds_its_place() -> None:
    people = b" ".join(b'((NIL NIL "%c" "x.org"))' % letter for letter in b"abcdef")
    envelope = read_fetched(b'ENVELOPE ("date" "subject" ' + people + b' "reply" "id")').envelope
    a, b, c, d, e, f = ((Address(None, letter, "x.org"),) for letter in "abcdef")
    assert envelope == Envelope("date", "subject", a, b, c, d, e, f, "reply", "id")


@pytest.mark.parametrize(
    ("addresses", "found"),
    [
        (b"(" + ANN + ANN + b")", ["ann@example.org", "ann@example.org"]),
        (b"(" + ANN + b" " + ANN + b")", ["ann@example.org", "ann@example.org"]),
        (b'((NIL NIL "team" NIL)' + ANN + b"(NIL NIL NIL NIL)" + ANN + b")", ["ann@example.org", "ann@example.org"]),
        (b'((NIL NIL "undisclosed-recipients" NIL)(NIL NIL NIL NIL))', []),
        (b'((NIL NIL "root" NIL))', ["root"]),
        (b'(("R" NIL "root" ".MISSING-HOST-NAME."))', ["root"]),
        (b'((NIL NIL "root" "MISSING_DOMAIN"))', ["root"]),
        (b'((NIL NIL "root" "SYNTAX_ERROR"))', ["root"]),
        (b'((NIL NIL "root" ".SYNTAX-ERROR."))', ["root"]),
        (b'((NIL NIL "MISSING_MAILBOX" "MISSING_DOMAIN")' + ANN + b")", ["ann@example.org"]),
        (b'((NIL "INVALID_ROUTE" "MISSING_MAILBOX" "SYNTAX_ERROR")' + ANN + b")", ["ann@example.org"]),
        (b'((NIL NIL "INVALID_ADDRESS" ".SYNTAX-ERROR."))', []),
        (b'((NIL NIL "UNEXPECTED_DATA_AFTER_ADDRESS" ".SYNTAX-ERROR."))', []),
        (b'((NIL NIL "MISSING_MAILBOX_TERMINATOR" ".SYNTAX-ERROR."))', []),
        (b'((NIL NIL "" ""))', []),
        (b'(("" NIL "MISSING_MAILBOX" "MISSING_DOMAIN"))', []),
        (b'(NIL NIL "flat" "example.org")', ["flat@example.org"]),
        (b'((NIL NIL "short") ' + ANN + b")", ["ann@example.org"]),
        (b'("text" NIL ' + ANN + b")", ["ann@example.org"]),
        (b"((NIL NIL NIL NIL))", []),
        (b'((NIL NIL (x) "host")' + ANN + b")", ["ann@example.org"]),
        (b"NIL", []),
        (b'"ann@example.org"', []),
        (b"()", []),
    ],
)
def test_address_lists(addresses: bytes, found: list[str]) -> None:
    assert [address.address for address in to_header(addresses)] == found


def test_names_are_decoded_and_addresses_are_not() -> None:
    (address,) = to_header(b'(("=?utf-8?q?J=C3=BCrgen?= " NIL "=?utf-8?q?a=40b?=" "x.org"))')
    assert address == Address("Jürgen", "=?utf-8?q?a=40b?=", "x.org")


def test_a_name_without_an_address_stays() -> None:
    assert to_header(b'(("Ada Lovelace" NIL "MISSING_MAILBOX" "MISSING_DOMAIN"))') == (Address("Ada Lovelace", "", ""),)


def test_names_with_octets_where_none_should_be() -> None:
    (address,) = to_header(b'(({46}\r\n=?iso-8859-1?Q?J\xf6rg?= =?iso-8859-1?Q?_M\xfcller?= NIL "jm" "x.org"))')
    assert address.name == "Jörg Müller"


def test_an_empty_name_is_none() -> None:
    assert to_header(b'(("" NIL "ann" "x.org"))') == (Address(None, "ann", "x.org"),)


def test_the_subject_is_decoded_and_unfolded() -> None:
    envelope = read_fetched(
        b"ENVELOPE (NIL {36}\r\n=?utf-8?q?two?=\r\n =?utf-8?q?_parts?= NIL NIL NIL NIL NIL NIL NIL NIL)"
    )
    assert envelope.envelope == Envelope(subject="two parts")


@pytest.mark.parametrize("value", [None, b"NIL", b""])
def test_no_envelope(value: bytes | None) -> None:
    assert read_envelope(value) is None


def test_a_short_envelope_keeps_what_it_has() -> None:
    assert read_envelope([b"date", b"subject"]) == Envelope("date", "subject")
    assert read_envelope([]) == Envelope()


def test_fields_of_a_wrong_kind_are_empty() -> None:
    assert read_envelope([[b"x"], [None], b"a", b"b", None, b"c", None, None, [b"x"], b"id"]) == Envelope(
        message_id="id"
    )


def test_ten_thousand_recipients() -> None:
    assert len(to_header(b"(" + b'("N" NIL "ann" "example.org")' * 10_000 + b")")) == 10_000
