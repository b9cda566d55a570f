"""When a message came, by servers and headers that say what cannot be."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from postroom.imap.dialogue.connection import ImapConnection
from postroom.imap.parsing.envelope import Envelope
from postroom.imap.parsing.numbers import read_date_time
from postroom.imap.responses import FetchData
from postroom.mail.dates import date_of, received
from postroom.mail.message import message_object

HEADER = "Thu, 5 Mar 2026 10:20:30 +0100"
WRITTEN = "2026-03-05T09:20:30.000Z"


def shown(internal_date: bytes | None, header: str | None) -> str | None:
    """The `date` of a message whose server says this."""
    data = FetchData(1, 1, frozenset(), read_date_time(internal_date), envelope=Envelope(date=header))
    date: str | None = message_object(1, "INBOX", data).get("date")
    return date


UNUSABLE = (
    None,
    b"",
    b"NIL",
    b"never",
    b"00-Jan-0000 00:00:00 +0000",
    b"01-Jan-0000 00:00:00 +0000",
    b"01-Jan-0001 00:00:00 +0100",
    b"31-Dec-9999 23:59:59 -0100",
    b"05-Foo-2026 10:00:00 +0000",
    b"32-Mar-2026 10:00:00 +0000",
    b"05-13-2026 10:00:00 +0000",
    b"05-Mar-2026 25:00:00 +0000",
    b"01-Jan-1970 00:00:00 +0000",
    b"05-Mar-2026 10:00:00",
    b"05-Mar-2026 10:00:00 +9900",
)


@pytest.mark.parametrize("internal_date", UNUSABLE)
def test_the_header_stands_in_for_a_date_that_cannot_be_used(internal_date: bytes | None) -> None:
    assert shown(internal_date, HEADER) == WRITTEN


def test_a_good_internal_date_counts_whatever_the_header_says() -> None:
    assert shown(b" 7-Mar-2026 10:00:00 +0200", HEADER) == "2026-03-07T08:00:00.000Z"
    # Better a time that may be some hours off than none.
    assert shown(b"07-Mar-2026 10:00:00", None) == "2026-03-07T10:00:00.000Z"


@pytest.mark.parametrize(
    "header",
    [
        *(None, "", "yesterday", ",,,", "Mar", "\0"),
        *("Thu, 32 Mar 2026 10:00:00 +0000", "5 Mar 99999 10:00:00 +0000", "Mon, 1 Jan 0001 00:00:00 +0100"),
        *("Thu, 1 Jan 1970 00:00:00 +0000", "5 Mar 2026 10:00:00 +99999999999", "5 Mar 2026 99:00:00"),
    ],
)
def test_no_date_where_neither_can_be_used(header: str | None) -> None:
    assert shown(b"00-Jan-0000 00:00:00 +0000", header) is None


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("5 Mar 2026 10:20:30 -0000", "2026-03-05T10:20:30.000Z"),
        ("Thu, 5 Mar 2026 10:20:30", "2026-03-05T10:20:30.000Z"),
        ("Thu, 5 Mar 2026 10:20 GMT (a comment)", "2026-03-05T10:20:00.000Z"),
        ("Thu, 05 Mar 26 10:20:30 EST", "2026-03-05T15:20:30.000Z"),
    ],
)
def test_headers_as_people_write_them(header: str, expected: str) -> None:
    assert shown(None, header) == expected


def test_a_date_that_cannot_be_used_costs_nothing_else_of_an_answer() -> None:
    connection = ImapConnection()
    connection.receive_data(b"* PREAUTH ready\r\n")
    (event,) = connection.receive_data(b'* 1 FETCH (UID 7 INTERNALDATE "00-Jan-0000 00:00:00 +0000" RFC822.SIZE 5)\r\n')
    data = event.response  # type: ignore[union-attr]
    assert isinstance(data, FetchData)
    assert (data.uid, data.internal_date, data.size) == (7, None, 5)
    assert date_of(data) is None
    assert received(datetime(2026, 1, 1, tzinfo=UTC)) == datetime(2026, 1, 1, tzinfo=UTC)
