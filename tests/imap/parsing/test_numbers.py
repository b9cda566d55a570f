"""Numbers and dates as servers write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.imap.encode import date_time
from postroom.imap.parsing.numbers import read_date_time, read_number
from postroom.imap.parsing.tokens import Value


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (b"0", 0),
        (b"0012", 12),
        (b"1.0", 1),
        (b"12.", 12),
        (b" 7 ", 7),
        (b"9223372036854775807", 2**63 - 1),
        (b"9223372036854775808", None),
        (b"-1", None),
        (b"", None),
        (b"1_0", None),
        (b"x", None),
        (b"9" * 5000, None),
        ("٣".encode(), None),
        (None, None),
        ([b"1"], None),
    ],
)
def test_numbers(value: Value, number: int | None) -> None:
    assert read_number(value) == number


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (b"17-Jul-1996 02:44:25 -0700", datetime(1996, 7, 17, 2, 44, 25, tzinfo=timezone(-timedelta(hours=7)))),
        (b" 7-jul-2026 02:44:25 +0530", datetime(2026, 7, 7, 2, 44, 25, tzinfo=timezone(timedelta(hours=5.5)))),
        (b"7-Jul-2026 2:44:25 +0000", datetime(2026, 7, 7, 2, 44, 25, tzinfo=UTC)),
        (b"07-Jul-2026 02:44 +01:00", datetime(2026, 7, 7, 2, 44, tzinfo=timezone(timedelta(hours=1)))),
        (b"07-Jul-2026 02:44:60", datetime(2026, 7, 7, 2, 44, 59, tzinfo=UTC)),
        (b"07-Jul-2026 02:44:25 GMT", datetime(2026, 7, 7, 2, 44, 25, tzinfo=UTC)),
        (b"07-Jul-2026 02:44:25 +9999", datetime(2026, 7, 7, 2, 44, 25, tzinfo=UTC)),
    ],
)
def test_dates(text: bytes, moment: datetime) -> None:
    found = read_date_time(text)
    assert found is not None
    assert found == moment
    assert found.utcoffset() == moment.utcoffset()


@pytest.mark.parametrize(
    "value",
    [b"00-Jan-0000 00:00:00 +0000", b"31-Feb-2026 00:00:00 +0000", b"1-Foo-2026 00:00:00", b"", b"x", None, [b"x"]],
)
def test_no_dates(value: Value) -> None:
    assert read_date_time(value) is None


@given(
    st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)),
    st.integers(-14 * 60, 14 * 60),
)
def test_what_we_write_we_read(moment: datetime, minutes: int) -> None:
    moment = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    assert read_date_time(date_time(moment).strip(b'"')) == moment
