"""Response codes: the bracketed word at the start of a status response (RFC 5530 lists most)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import islice
from typing import Any

from postroom.imap.limits import LONGEST_CAPABILITIES, MOST_FLAGS
from postroom.imap.parsing.numbers import read_number
from postroom.imap.parsing.tokens import unescape
from postroom.imap.responses import ResponseCode
from postroom.imap.sets import UidSet, read_ranges
from postroom.mail.mime.encoded_words import decode_text

_NAME = re.compile(rb"\[ *([^\s\]\[()]+)( *)")
_WORD = re.compile(rb'"((?:[^"\\]|\\.)*+)"|[^\s()"]+')


def read_code(text: bytes) -> tuple[ResponseCode | None, bytes]:
    """The code at the start of `text`, if any, and the text for people after it."""
    found = _NAME.match(text)
    if found is None:
        return None, text
    name, start = found[1].upper(), found.end()
    listed = text.startswith(b"(", start)
    end = text.find(b")]", start) + 1 if listed else text.find(b"]", start)
    if end < start or (listed and end == 0):
        end = text.find(b"]", start)
    if end < 0:
        return None, text
    reader = _READERS.get(name, _raw)
    return ResponseCode(decode_text(name), reader(text[start:end].strip())), text[end + 1 :].lstrip(b" ")


def _raw(arguments: bytes) -> tuple[Any, ...]:
    return (decode_text(arguments),) if arguments else ()


def _number(arguments: bytes) -> tuple[Any, ...]:
    number = read_number(arguments)
    return () if number is None else (number,)


def _words(arguments: bytes) -> tuple[Any, ...]:
    return tuple(
        decode_text(found[0] if found[1] is None else unescape(found[1]))
        for found in islice(_WORD.finditer(arguments), MOST_FLAGS)
    )


def _capabilities(arguments: bytes) -> tuple[Any, ...]:
    return _read_capabilities(arguments[:LONGEST_CAPABILITIES])


# A server sends the same list at every sign-in.
@lru_cache(maxsize=256)
def _read_capabilities(arguments: bytes) -> tuple[Any, ...]:
    return tuple(decode_text(word).upper() for word in arguments.split())


def _uids(arguments: bytes) -> tuple[Any, ...]:
    try:
        return (UidSet.from_string(decode_text(arguments)),)
    except ValueError:
        return ()


def _appended(arguments: bytes) -> tuple[Any, ...]:
    words = arguments.split()
    validity = read_number(words[0]) if words else None
    uids = _uids(words[1]) if len(words) > 1 else ()
    return (validity, *uids) if validity and uids else ()


def _copied(arguments: bytes) -> tuple[Any, ...]:
    """COPYUID pairs the UIDs of two sets in the order written. A UidSet keeps that order only when it ascends.

    When a set does not ascend, or the sizes differ, the result is empty, as if the server had sent no UIDs: a wrong
    pairing would give messages each other's UIDs.
    """
    words = arguments.split()
    validity = read_number(words[0]) if words else None
    if not validity or len(words) < 3:
        return ()
    try:
        source, destination = _ascending(decode_text(words[1])), _ascending(decode_text(words[2]))
    except ValueError:
        return ()
    return (validity, source, destination) if len(source) == len(destination) else ()


def _ascending(text: str) -> UidSet:
    ranges = list(read_ranges(text))
    if any(last < first for first, last in ranges) or any(
        after[0] <= before[1] for before, after in zip(ranges, islice(ranges, 1, None), strict=False)
    ):
        raise ValueError("not ascending")
    return UidSet(ranges)


_READERS: dict[bytes, Callable[[bytes], tuple[Any, ...]]] = {
    b"CAPABILITY": _capabilities,
    b"UIDVALIDITY": _number,
    b"UIDNEXT": _number,
    b"UNSEEN": _number,
    b"HIGHESTMODSEQ": _number,
    b"APPENDUID": _appended,
    b"COPYUID": _copied,
    b"MODIFIED": _uids,
    b"PERMANENTFLAGS": _words,
    b"BADCHARSET": _words,
    b"MAILBOXID": _words,
}
