"""Turns one framed response into its typed form: `parse_response`.

An illegible value is lost alone; the rest of its response is kept. RemoteProtocolError is raised only when the shape of
a response makes no sense at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from postroom.imap.errors import RemoteProtocolError
from postroom.imap.limits import DEFAULT_LIMITS, Limits
from postroom.imap.parsing.numbers import read_number
from postroom.imap.parsing.parse_codes import read_code
from postroom.imap.parsing.parse_data import READERS
from postroom.imap.parsing.parse_fetch import read_fetch
from postroom.imap.parsing.wire import RawResponse
from postroom.imap.responses import (
    ContinuationRequest,
    ExistsData,
    ExpungeData,
    RecentData,
    Response,
    Status,
    StatusResponse,
    UnknownData,
)
from postroom.imap.sets import MAX_NUMBER
from postroom.mail.mime.encoded_words import decode_text

_UNTAGGED = re.compile(rb"\* *(?:(\d+)(?:\.\d*)? +)?([A-Za-z][^\s(]*) *")
_STATUS = re.compile(rb" *(?:(\*)|([^\s*+]\S*)) +(OK|NO|BAD|BYE|PREAUTH)(?: +|\Z)", re.IGNORECASE)
_STATUSES: dict[bytes, Status] = {b"OK": "OK", b"NO": "NO", b"BAD": "BAD", b"BYE": "BYE", b"PREAUTH": "PREAUTH"}
_COUNTS: dict[bytes, Callable[[int], Response]] = {
    b"EXISTS": ExistsData,
    b"RECENT": RecentData,
    b"EXPUNGE": ExpungeData,
}


def parse_response(raw: RawResponse, limits: Limits = DEFAULT_LIMITS) -> Response:
    """The typed response in `raw`. RemoteProtocolError when its outer shape is broken, LimitExceeded when too large.

    Unknown keywords, and lines that are not IMAP at all, become UnknownData.
    """
    text = raw.text
    if text.startswith(b"+"):
        return ContinuationRequest(text[1:].strip(b" "))
    untagged = _UNTAGGED.match(text)
    if untagged is None or untagged[2].upper() in _STATUSES:
        return _read_status(raw)
    number, label = untagged[1], untagged[2].upper()
    if number is None:
        reader = READERS.get(label)
        return UnknownData(decode_text(label), text) if reader is None else reader(raw, untagged.end(), limits)
    value = read_number(number)
    if value is None or value > MAX_NUMBER:
        raise RemoteProtocolError.at(untagged.start(1), text, "a message number of more than 32 bits")
    if label == b"FETCH":
        return read_fetch(raw, untagged.end(), value, limits)
    if label in _COUNTS:
        return _COUNTS[label](value)
    return UnknownData(decode_text(label), text)


def _read_status(raw: RawResponse) -> Response:
    found = _STATUS.match(raw.text)
    if found is None:
        return UnknownData("", raw.text)
    tag = decode_text(found[2]) if found[2] else None
    code, rest = read_code(raw.text[found.end() :])
    return StatusResponse(tag, _STATUSES[found[3].upper()], code, decode_text(rest).strip())
