"""Untagged responses without a number (LIST, STATUS, SEARCH, NAMESPACE and others), one reader for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeAlias

from postroom.imap.errors import RemoteProtocolError
from postroom.imap.limits import (
    LONGEST_CAPABILITIES,
    LONGEST_ID_VALUE,
    MOST_ID_PAIRS,
    MOST_IN_ORDER,
    MOST_PARTS,
    LimitExceeded,
    Limits,
)
from postroom.imap.names import decode_mailbox
from postroom.imap.parsing.numbers import read_number
from postroom.imap.parsing.parse_fetch import read_flags
from postroom.imap.parsing.parse_mailboxes import read_list, read_lsub, read_quota_root, read_status
from postroom.imap.parsing.tokens import Value, read_values
from postroom.imap.parsing.wire import RawResponse
from postroom.imap.responses import (
    CapabilityData,
    EnabledData,
    EsearchData,
    FlagsData,
    IdData,
    Namespace,
    NamespaceData,
    QuotaData,
    Response,
    SearchData,
    VanishedData,
)
from postroom.imap.sets import MAX_NUMBER, UidSet
from postroom.mail.mime.encoded_words import decode_text

Reader: TypeAlias = Callable[[RawResponse, int, Limits], Response]
"""Reads a response from the given octet of its text, which is just after the keyword."""

_MODSEQ = re.compile(rb"\( *MODSEQ +(\d{1,20}) *\)", re.IGNORECASE)
_PIECE: Final = 32 * 1024
_EARLIER = re.compile(rb"\( *EARLIER *\) *", re.IGNORECASE)


def _read_capability(raw: RawResponse, start: int, limits: Limits) -> Response:
    return CapabilityData(frozenset(_upper_words(raw.text[start : start + LONGEST_CAPABILITIES])))


def _read_enabled(raw: RawResponse, start: int, limits: Limits) -> Response:
    return EnabledData(frozenset(_upper_words(raw.text[start : start + LONGEST_CAPABILITIES])))


def _upper_words(text: bytes) -> list[str]:
    return decode_text(text).upper().split()


def _read_flags(raw: RawResponse, start: int, limits: Limits) -> Response:
    values = read_values(raw, start, limits)
    return FlagsData(read_flags(values[0] if values else None))


def _read_search(raw: RawResponse, start: int, limits: Limits) -> Response:
    """`SEARCH 2 3 6 (MODSEQ 917)`. It is not tokenized, because an honest answer can hold a million numbers."""
    text = raw.text[start:]
    modseq: int | None = None
    if (found := _MODSEQ.search(text)) is not None:
        modseq, text = read_number(found[1]), text[: found.start()]
    return SearchData(_joined(map(_searched, _pieces(text))), modseq)


def _pieces(text: bytes, between: bytes = b" ") -> Iterator[bytes]:
    """The words in pieces, so that no single call holds the interpreter for long."""
    start = 0
    while start < len(text):
        end = text.find(between, start + _PIECE)
        end = len(text) if end < 0 else end
        yield text[start:end]
        start = end + 1


def _searched(text: bytes) -> UidSet:
    words = text.split()
    read: Iterable[int | None]
    if text.translate(None, b"0123456789 ") or max(map(len, words), default=0) > 10:
        read = map(read_number, words)
    else:
        read = map(int, words)
    return UidSet.from_iterable(number for number in read if number is not None and 0 < number <= MAX_NUMBER)


def _joined(sets: Iterable[UidSet]) -> UidSet:
    """The union of the sets. Unordered sets have a lower limit, because they cannot be sorted in pieces."""
    together: list[UidSet] = []
    parts, last, ascends = 0, 0, True
    for each in sets:
        together.append(each)
        parts += each.parts
        ascends = ascends and (each.min or last + 1) > last
        last = each.max or last
        if parts > (MOST_IN_ORDER if ascends else MOST_PARTS):
            raise LimitExceeded.of("message numbers in one answer to SEARCH", MOST_IN_ORDER if ascends else MOST_PARTS)
    return UidSet.joined(together)


def _read_esearch(raw: RawResponse, start: int, limits: Limits) -> Response:
    values = read_values(raw, start, limits)
    correlator = _by_name(values.pop(0)) if values and isinstance(values[0], list) else {}
    tag, mailbox = correlator.get("TAG"), correlator.get("MAILBOX")
    uid = bool(values) and isinstance(values[0], bytes) and values[0].upper() == b"UID"
    items = _by_name(values[1:] if uid else values)
    found = items.get("ALL")
    return EsearchData(
        tag=decode_text(tag) if isinstance(tag, bytes) else None,
        uid=uid,
        min=read_number(items.get("MIN")),
        max=read_number(items.get("MAX")),
        count=read_number(items.get("COUNT")),
        modseq=read_number(items.get("MODSEQ")),
        all=_joined(map(_tolerant_set, _pieces(found, b","))) if isinstance(found, bytes) else None,
        mailbox=decode_mailbox(mailbox) if isinstance(mailbox, bytes) else None,
        uidvalidity=read_number(correlator.get("UIDVALIDITY")),
    )


def _by_name(values: Value) -> dict[str, Value]:
    if not isinstance(values, list):
        return {}
    names, contents = values[::2], values[1::2]
    return {
        decode_text(name).upper(): value
        for name, value in zip(names, contents, strict=False)
        if isinstance(name, bytes)
    }


def _read_vanished(raw: RawResponse, start: int, limits: Limits) -> Response:
    earlier = _EARLIER.match(raw.text, start)
    return VanishedData(earlier is not None, _tolerant_set(raw.text[earlier.end() if earlier else start :]))


def _tolerant_set(text: bytes) -> UidSet:
    """The set in `text` without its illegible parts; iCloud is known to garble some."""
    return UidSet.from_legible(decode_text(text).replace(" ", ","))


def _read_namespace(raw: RawResponse, start: int, limits: Limits) -> Response:
    values = [*read_values(raw, start, limits), None, None, None]
    return NamespaceData(*(_namespaces(value) for value in values[:3]))


def _namespaces(value: Value) -> tuple[Namespace, ...]:
    if not isinstance(value, list):
        return ()
    found: list[Namespace] = []
    for item in value:
        if isinstance(item, list) and len(item) > 1 and isinstance(item[0], bytes):
            delimiter = decode_text(item[1]) or None if isinstance(item[1], bytes) else None
            found.append(Namespace(decode_mailbox(item[0]), delimiter))
    return tuple(found)


def _read_id(raw: RawResponse, start: int, limits: Limits) -> Response:
    values = read_values(raw, start, limits)
    pairs = values[0] if values else None
    if not isinstance(pairs, list):
        return IdData(None)
    return IdData(
        {
            decode_text(key[:LONGEST_ID_VALUE]).lower(): decode_text(value[:LONGEST_ID_VALUE])
            if isinstance(value, bytes)
            else None
            for key, value in zip(pairs[: 2 * MOST_ID_PAIRS : 2], pairs[1 : 2 * MOST_ID_PAIRS : 2], strict=False)
            if isinstance(key, bytes)
        }
    )


def _read_quota(raw: RawResponse, start: int, limits: Limits) -> Response:
    values = read_values(raw, start, limits)
    if len(values) < 2 or not isinstance(values[0], bytes) or not isinstance(values[1], list):
        raise RemoteProtocolError.at(start, raw.text, "a QUOTA response without a root and a list")
    resources: dict[str, tuple[int, int]] = {}
    items = values[1]
    for name, usage, limit in zip(items[::3], items[1::3], items[2::3], strict=False):
        used, most = read_number(usage), read_number(limit)
        if isinstance(name, bytes) and used is not None and most is not None:
            resources[decode_text(name).upper()] = (used, most)
    return QuotaData(decode_text(values[0]), resources)


READERS: dict[bytes, Reader] = {
    b"CAPABILITY": _read_capability,
    b"ENABLED": _read_enabled,
    b"FLAGS": _read_flags,
    b"LIST": read_list,
    b"XLIST": read_list,
    b"LSUB": read_lsub,
    b"STATUS": read_status,
    b"SEARCH": _read_search,
    b"SORT": _read_search,
    b"ESEARCH": _read_esearch,
    b"VANISHED": _read_vanished,
    b"NAMESPACE": _read_namespace,
    b"ID": _read_id,
    b"QUOTA": _read_quota,
    b"QUOTAROOT": read_quota_root,
}
