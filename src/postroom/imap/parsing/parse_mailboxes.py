"""LIST, LSUB, STATUS and QUOTAROOT: responses that name a mailbox, quoted, as a literal, or bare with spaces."""

from __future__ import annotations

import re

from postroom.imap.errors import RemoteProtocolError
from postroom.imap.limits import Limits
from postroom.imap.names import decode_mailbox, normalise_inbox
from postroom.imap.parsing.numbers import read_number
from postroom.imap.parsing.tokens import Value, read_values, unescape
from postroom.imap.parsing.wire import RawResponse
from postroom.imap.responses import ListData, QuotaRootData, Response, StatusData
from postroom.mail.mime.encoded_words import decode_text

_LIST_HEAD = re.compile(rb'(?:\(([^()]*+)\)|NIL) *(?:"(?:\\(.)|(.))"|""|(NIL)|([^\s"]))(?= |\Z) *', re.IGNORECASE)
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*+)" *(?=\(|\Z)', re.DOTALL)
_MISQUOTED = re.compile(rb'"(.*)" *(?=\(|\Z)', re.DOTALL)
_BARE = re.compile(rb"[^(]*+")
_ANNOUNCED = re.compile(rb"~?\{\d+\+?\}\r\n *")
_ATTRIBUTES = {
    name.lower(): name
    for name in (
        *("\\Noselect", "\\NonExistent", "\\Noinferiors", "\\HasChildren", "\\HasNoChildren", "\\Marked", "\\Unmarked"),
        *("\\Subscribed", "\\Remote", "\\All", "\\Archive", "\\Drafts", "\\Flagged", "\\Important", "\\Junk", "\\Sent"),
        *("\\Trash", "\\Inbox", "\\AllMail", "\\Starred", "\\Spam"),
    )
}


def read_list(raw: RawResponse, start: int, limits: Limits) -> Response:
    r"""`(attributes) "delimiter" name (extended items)`; RFC 5258 added the extended items."""
    return _read_list(raw, start, limits, lsub=False)


def read_lsub(raw: RawResponse, start: int, limits: Limits) -> Response:
    """LSUB has the shape of LIST."""
    return _read_list(raw, start, limits, lsub=True)


def read_status(raw: RawResponse, start: int, limits: Limits) -> Response:
    """`name (ITEM number ...)`; values that are not numbers of IMAP, such as -1, are left out."""
    name, end, literals = _read_name(raw, start)
    if not raw.text.startswith(b"(", end):
        raise RemoteProtocolError.at(end, raw.text, "a STATUS response without its list of items")
    values = read_values(RawResponse(raw.text, literals), end, limits, lenient=True)
    listed = values[0] if isinstance(values[0], list) else []
    items: dict[str, int] = {}
    mailbox_id: str | None = None
    for key, value in zip(listed[::2], listed[1::2], strict=False):
        if not isinstance(key, bytes):
            continue
        label = decode_text(key).upper()
        if label == "MAILBOXID":
            mailbox_id = _first_text(value)
        elif (number := read_number(value)) is not None:
            items[label] = number
    return StatusData(_decoded(name), items, mailbox_id, name)


def read_quota_root(raw: RawResponse, start: int, limits: Limits) -> Response:
    """`name root root ...`."""
    values = [value for value in read_values(raw, start, limits) if isinstance(value, bytes)]
    if not values:
        raise RemoteProtocolError.at(start, raw.text, "a QUOTAROOT response without a mailbox")
    return QuotaRootData(_decoded(values[0]), tuple(decode_text(root) for root in values[1:]))


def _read_list(raw: RawResponse, start: int, limits: Limits, *, lsub: bool) -> ListData:
    head = _LIST_HEAD.match(raw.text, start)
    if head is None:
        raise RemoteProtocolError.at(start, raw.text, "a LIST response without attributes and delimiter")
    attributes = frozenset(_attribute(word) for word in (head[1] or b"").replace(b'"', b"").split() if word != b"NIL")
    delimiter = head[2] or head[3] or head[5]
    name, end, literals = _read_name(raw, head.end())
    old_name: str | None = None
    childinfo: tuple[str, ...] = ()
    if raw.text.startswith(b"(", end):
        values = read_values(RawResponse(raw.text, literals), end, limits, lenient=True)
        old_name, childinfo = _extended(values[0])
    return ListData(
        attributes, decode_text(delimiter) if delimiter else None, _decoded(name), name, lsub, old_name, childinfo
    )


def _read_name(raw: RawResponse, start: int) -> tuple[bytes, int, tuple[bytes, ...]]:
    """A mailbox name at octet `start`: the name, the octet after it, and the remaining literals."""
    text = raw.text
    if (announced := _ANNOUNCED.match(text, start)) is not None:
        return raw.literals[0], announced.end(), raw.literals[1:]
    if text.startswith(b'"', start):
        quoted = _QUOTED.match(text, start) or _MISQUOTED.match(text, start)
        if quoted is None:
            raise RemoteProtocolError.at(start, text, "a mailbox name in quotes has no end")
        return unescape(quoted[1]), quoted.end(), raw.literals
    bare = _BARE.match(text, start)
    if bare is None or not bare[0].strip():
        raise RemoteProtocolError.at(start, text, "a mailbox name is missing")
    return bare[0].rstrip(), bare.end(), raw.literals


def _decoded(name: bytes) -> str:
    return normalise_inbox(decode_mailbox(name))


def _attribute(word: bytes) -> str:
    text = decode_text(word)
    return _ATTRIBUTES.get(text.lower(), text)


def _extended(value: Value) -> tuple[str | None, tuple[str, ...]]:
    """OLDNAME (RFC 9051 section 7.3.1) and CHILDINFO (RFC 5258) from the extended items."""
    items = value if isinstance(value, list) else []
    old_name: str | None = None
    childinfo: tuple[str, ...] = ()
    for key, content in zip(items[::2], items[1::2], strict=False):
        label = key.upper() if isinstance(key, bytes) else b""
        if label == b"OLDNAME" and isinstance(content, list) and content and isinstance(content[0], bytes):
            old_name = _decoded(content[0])
        elif label == b"CHILDINFO" and isinstance(content, list):
            childinfo = tuple(decode_text(item).upper() for item in content if isinstance(item, bytes))
    return old_name, childinfo


def _first_text(value: Value) -> str | None:
    item = value[0] if isinstance(value, list) and value else value
    return decode_text(item) or None if isinstance(item, bytes) else None
