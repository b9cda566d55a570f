"""FETCH responses: pairs of attribute and value. Each is read separately, so that one bad value loses only itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from postroom.imap.errors import RemoteProtocolError
from postroom.imap.limits import MOST_FLAGS, Limits
from postroom.imap.names import decode_mailbox
from postroom.imap.parsing.bodystructure import read_body
from postroom.imap.parsing.envelope import read_envelope
from postroom.imap.parsing.numbers import read_date_time, read_number
from postroom.imap.parsing.tokens import Value, read_values
from postroom.imap.parsing.usual_fetch import read_usual
from postroom.imap.parsing.wire import RawResponse
from postroom.imap.responses import FetchData
from postroom.imap.sets import MAX_NUMBER
from postroom.mail.mime.encoded_words import decode_text

_SECTION = re.compile(rb"(BODY|BINARY)\[([^\]]*)\](<\d+>)?")
_SYSTEM_FLAGS = {
    name.lower(): name for name in ("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft", "\\Recent", "\\*")
}
_WHOLE = {b"RFC822": "", b"RFC822.HEADER": "HEADER", b"RFC822.TEXT": "TEXT"}


def read_fetch(raw: RawResponse, start: int, seq: int, limits: Limits) -> FetchData:
    """The FETCH response of message `seq`, whose attributes begin at octet `start` of `raw`.

    RemoteProtocolError when there is no list of attributes; LimitExceeded when there are too many values.
    """
    if not raw.text.startswith(b"(", start):
        raise RemoteProtocolError.at(start, raw.text, "a FETCH response without its list of attributes")
    usual = read_usual(raw, start, seq, limits)
    return read_any(raw, start, seq, limits) if usual is None else usual


def read_any(raw: RawResponse, start: int, seq: int, limits: Limits) -> FetchData:
    """The same for a response of any form, value by value."""
    fields: dict[str, Any] = {}
    sections: dict[str, bytes | None] = {}
    binary: dict[str, bytes | None] = {}
    extra: dict[str, bytes | None] = {}
    for key, value in _pairs(_attributes(read_values(raw, start, limits, lenient=True))):
        reader = _READERS.get(key)
        if reader is not None:
            name, read = reader
            fields[name] = read(value)
        elif key in _WHOLE:
            sections[_WHOLE[key]] = _content(value)
        elif (found := _SECTION.fullmatch(key)) is not None:
            spec = decode_text(found[2].replace(b'"', b"") + (found[3] or b""))
            (binary if found[1] == b"BINARY" else sections)[spec] = _content(value)
        else:
            extra[decode_text(key)] = _content(value)
    return FetchData(seq, sections=sections, binary=binary, extra=extra, **fields)


def read_flags(value: Value) -> frozenset[str]:
    """Flags, quoted or not; system flags get the RFC's spelling. NIL, and anything but a list, gives no flags."""
    if not isinstance(value, list):
        return frozenset()
    return frozenset(_flag(item) for item in value[:MOST_FLAGS] if isinstance(item, bytes) and item)


def _flag(item: bytes) -> str:
    text = decode_text(item)
    return _SYSTEM_FLAGS.get(text.lower(), text) if item[0] == 92 else text


def _attributes(values: list[Value]) -> list[Value]:
    """The attributes as one flat list: some servers close and reopen the parentheses between them, or double them."""
    if len(values) == 1 and isinstance(values[0], list) and not any(map(_holds_attributes, values[0][::2])):
        return values[0]
    flat: list[Value] = []
    waiting = values[::-1]
    while waiting:
        value = waiting.pop()
        is_value = len(flat) % 2 == 1 or (bool(flat) and _is_attribute(flat[-1]))
        if isinstance(value, list) and not is_value and (_holds_attributes(value) or not flat):
            waiting.extend(reversed(value))
        else:
            flat.append(value)
    return flat


def _holds_attributes(value: Value) -> bool:
    """Whether `value`, found in the place of an attribute, is a list of attributes."""
    return isinstance(value, list) and bool(value) and (isinstance(value[0], list) or _is_attribute(value[0]))


def _pairs(values: list[Value]) -> list[tuple[bytes, Value]]:
    """Pairs of (upper-case attribute, value). An attribute directly after another means that the first has no value."""
    paired: list[tuple[bytes, Value]] = []
    misaligned = len(values) % 2 == 1
    at, count = 0, len(values)
    while at < count:
        key = values[at]
        at += 1
        if not isinstance(key, bytes):
            continue
        key = key.upper()
        if at == count or (misaligned and _is_attribute(values[at])):
            paired.append((key, None))
        else:
            paired.append((key, values[at]))
            at += 1
    return paired


def _is_attribute(value: Value) -> bool:
    if not isinstance(value, bytes) or len(value) > 1_000:
        return False
    key = value.upper()
    return key in _READERS or key in _WHOLE or _SECTION.fullmatch(key) is not None


def _content(value: Value) -> bytes | None:
    return value if isinstance(value, bytes) else None


def _uid(value: Value) -> int | None:
    number = read_number(value)
    return number if number is not None and 0 < number <= MAX_NUMBER else None


def _modseq(value: Value) -> int | None:
    return read_number(value[0] if isinstance(value, list) and value else value)


def _object_id(value: Value) -> str | None:
    item = value[0] if isinstance(value, list) and value else value
    return decode_text(item) or None if isinstance(item, bytes) else None


def _labels(value: Value) -> tuple[str, ...] | None:
    if not isinstance(value, list):
        return None
    return tuple(decode_mailbox(item) for item in value if isinstance(item, bytes))


_READERS: dict[bytes, tuple[str, Callable[[Value], Any]]] = {
    b"UID": ("uid", _uid),
    b"FLAGS": ("flags", read_flags),
    b"INTERNALDATE": ("internal_date", read_date_time),
    b"RFC822.SIZE": ("size", read_number),
    b"ENVELOPE": ("envelope", read_envelope),
    b"BODY": ("body", read_body),
    b"BODYSTRUCTURE": ("body", read_body),
    b"MODSEQ": ("modseq", _modseq),
    b"EMAILID": ("email_id", _object_id),
    b"THREADID": ("thread_id", _object_id),
    b"X-GM-MSGID": ("gm_msgid", read_number),
    b"X-GM-THRID": ("gm_thrid", read_number),
    b"X-GM-LABELS": ("gm_labels", _labels),
}
