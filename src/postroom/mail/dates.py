"""The date of a message, from INTERNALDATE and the Date header; impossible dates are ignored. Pure.

Servers report internal dates such as `00-Jan-0000 00:00:00 +0000`, dates of 1970, dates without a zone, or none at all.
The Date header (RFC 5322 section 3.6.1) then replaces it: most messages are written only minutes before they arrive.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from postroom.imap.parsing.numbers import ASSUMED_ZONE
from postroom.imap.responses import FetchData

# A server that does not know the date often reports 1 January 1970. Calculations with year 9999 could overflow.
_EARLIEST: Final = datetime(1970, 1, 2, tzinfo=UTC)
_LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)

# Many programs use the year `0001` for "no date", and a parser reads it as 2001.
_YEAR_ZERO: Final = re.compile(r"\b[a-z]{3}[a-z]* +0\d{3}\b", re.IGNORECASE)


def received(internal_date: datetime | None) -> datetime | None:
    """Return an internal date in UTC, None when it cannot be true."""
    if internal_date is None or not _EARLIEST <= internal_date < _LATEST:
        return None
    return internal_date.astimezone(UTC)


def written(data: FetchData) -> datetime | None:
    """Return the Date header in UTC, None when it is missing or unreadable. Without a zone it counts as UTC."""
    text = data.envelope.date if data.envelope is not None else None
    if not text or _YEAR_ZERO.search(text):
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return received(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC))


def date_of(data: FetchData) -> datetime | None:
    """Return a message's internal date, else its Date header, else its internal date without a zone."""
    came = received(data.internal_date)
    if came is not None and data.internal_date is not None and data.internal_date.tzinfo is not ASSUMED_ZONE:
        return came
    return written(data) or came
