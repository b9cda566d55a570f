r"""FETCH responses in the form that most messages have, read straight from their text: more than twice as fast.

The usual form is printable ASCII without backslashes in strings, and with every value of the kind that the RFC demands.
Only the content of a section may be a literal. `read_usual` returns None for anything else. Then `parse_fetch` reads it
value by value. For the usual form both give the same: a test compares them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from postroom.imap.limits import MOST_FLAGS, Limits
from postroom.imap.parsing.envelope import INVENTED_HOSTS, INVENTED_MAILBOXES, Address, Envelope
from postroom.imap.parsing.usual_parts import Unusual, read_part
from postroom.imap.parsing.wire import RawResponse
from postroom.imap.responses import FetchData
from postroom.imap.sets import MAX_NUMBER
from postroom.mail.mime.encoded_words import decode_header

__all__ = ["read_usual"]

_LONGEST: Final = 64 * 1024
_DEEPEST: Final = 64
"""Parentheses that the usual form never nests so deep."""

_ANY: Final = r'(?:NIL|"[^"\\]*+")'
_TEXT: Final = r'(?:NIL|"([^"\\]*+)")'
_ADDRESSES: Final = rf'(NIL|\((?:\({_ANY} {_ANY} "[^"\\]*+" "[^"\\]*+"\) ?+)+\))'
_ENVELOPE: Final = re.compile(rf"\({_TEXT} {_TEXT} {' '.join([_ADDRESSES] * 6)} {_TEXT} {_TEXT}\)")
_ADDRESS: Final = re.compile(rf'\({_TEXT} {_ANY} "([^"\\]*+)" "([^"\\]*+)"\)')
_FLAG: Final = r"\\?[A-Za-z0-9$_.:/+-]++"
_ATTRIBUTE: Final = re.compile(
    r"UID (?P<uid>\d{1,10})(?=[ )])"
    rf"|FLAGS \((?P<flags>(?:{_FLAG}(?: {_FLAG})*)?)\)"
    r'|INTERNALDATE "(?P<date>[ \d]\d-[A-Z][a-z]{2}-\d{4} (?:[01]\d|2[0-3]):\d\d:\d\d [+-]\d{4})"'
    r"|RFC822\.SIZE (?P<size>\d{1,18})(?=[ )])"
    r"|(?P<envelope>ENVELOPE) "
    r"|(?P<body>BODY(?:STRUCTURE)?) "
    r"|MODSEQ \((?P<modseq>\d{1,18})\)"
    r"|BODY\[(?P<section>[A-Z\d.]*+(?: \([A-Z\d _-]++\))?)\](?P<origin><\d{1,18}>)?"
    r' (?P<content>\{\d++\+?+\}\r\n|NIL(?=[ )])|"[^"\\]*+")',
    re.ASCII,
)
_MARK: Final = "}\r\n"
"""The end of the text that stands for a literal."""

_NILS: Final = frozenset({"NIL", "nil", "Nil"})
_SYSTEM_FLAGS: Final = {
    name.lower(): name for name in ("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft", "\\Recent")
}
_MONTHS: Final = {
    name: f"{number:02d}"
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), start=1
    )
}
_HOSTS: Final = frozenset(host.decode() for host in INVENTED_HOSTS)
_MAILBOXES: Final = frozenset(mailbox.decode() for mailbox in INVENTED_MAILBOXES)


def read_usual(raw: RawResponse, start: int, seq: int, limits: Limits) -> FetchData | None:
    """The FETCH response of message `seq`, whose attributes begin at octet `start`; None if its form is not the usual.

    It is never None because of a limit: what `limits` would refuse is not read here.
    """
    octets = raw.text
    if not octets.isascii() or len(octets) > min(_LONGEST, limits.max_items):
        return None
    text = octets.decode("ascii")
    shown = text.replace(_MARK, "") if raw.literals else text
    if limits.max_depth < _DEEPEST or not shown.isprintable():
        return None
    literals = iter(raw.literals)
    try:
        data = _read(text, start, literals, FetchData(seq))
    except (Unusual, KeyError, ValueError, StopIteration):
        return None
    return data if next(literals, None) is None else None


def _read(text: str, start: int, literals: Iterator[bytes], data: FetchData) -> FetchData:
    at = start + 1
    while (found := _ATTRIBUTE.match(text, at)) is not None:
        at = found.end()
        match found.lastgroup:
            case "uid":
                data.uid = _uid(found["uid"])
            case "flags":
                data.flags = _flags(found["flags"])
            case "date":
                data.internal_date = _date(found["date"])
            case "size":
                data.size = int(found["size"])
            case "modseq":
                data.modseq = int(found["modseq"])
            case "content":
                data.sections[found["section"] + (found["origin"] or "")] = _content(found["content"], literals)
            case "envelope":
                data.envelope, at = _envelope(text, at)
            case _:
                data.body, at = read_part(text, at)
        if text.startswith(" ", at):
            at += 1
        elif at == len(text) - 1 and text.endswith(")"):
            return data
        else:
            break
    raise Unusual


def _content(text: str, literals: Iterator[bytes]) -> bytes | None:
    if text.startswith("{"):
        return next(literals)
    return None if text == "NIL" else text[1:-1].encode("ascii")


def _uid(digits: str) -> int:
    number = int(digits)
    if not 0 < number <= MAX_NUMBER:
        raise Unusual
    return number


def _flags(text: str) -> frozenset[str]:
    flags = text.split()
    if not _NILS.isdisjoint(flags) or len(flags) > MOST_FLAGS:
        raise Unusual
    return frozenset([_SYSTEM_FLAGS.get(flag.lower(), flag) if flag[0] == "\\" else flag for flag in flags])


def _date(text: str) -> datetime:
    """KeyError, ValueError for a day, time or zone that does not exist."""
    day = text[:2].replace(" ", "0")
    return datetime.fromisoformat(f"{text[7:11]}-{_MONTHS[text[3:6]]}-{day}T{text[12:20]}{text[21:24]}:{text[24:]}")


def _envelope(text: str, at: int) -> tuple[Envelope, int]:
    found = _ENVELOPE.match(text, at)
    if found is None:
        raise Unusual
    date, subject, from_, sender, reply_to, to, cc, bcc, in_reply_to, message_id = found.groups()
    authors = _addresses(from_)
    envelope = Envelope(
        _header(date),
        _header(subject),
        authors,
        authors if sender == from_ else _addresses(sender),
        authors if reply_to == from_ else _addresses(reply_to),
        _addresses(to),
        _addresses(cc),
        _addresses(bcc),
        _header(in_reply_to),
        _header(message_id),
    )
    return envelope, found.end()


def _header(text: str | None) -> str | None:
    if text is None:
        return None
    return decode_header(text.encode("ascii")).strip() if "=?" in text else text.strip()


def _addresses(text: str) -> tuple[Address, ...]:
    """The addresses of a list in which every one has a mailbox and a host, so it has no groups."""
    if text == "NIL":
        return ()
    found = []
    for name, mailbox, host in _ADDRESS.findall(text):
        if mailbox in _MAILBOXES:
            mailbox = host = ""
        elif host in _HOSTS:
            host = ""
        address = Address(_header(name) or None, mailbox, host)
        if address.name or mailbox or host:
            found.append(address)
    return tuple(found)
