"""Turns values into the arguments of a command, and refuses those that could break out of their argument."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date as Date  # noqa: N812  (the class; `date` is the RFC's name for the argument made here)
from datetime import datetime
from typing import TypeAlias

from postroom.footprint.dataclass import dataclass
from postroom.imap.errors import LocalProtocolError
from postroom.imap.names import encode_mailbox, normalise_inbox
from postroom.imap.sets import UidSet

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ATOM = re.compile(rb"[!#$&'+,\-./0-9:;<=>?@A-Z\[^_`a-z|}~]+")
_ASTRING_ATOM = re.compile(rb"[!#$&'+,\-./0-9:;<=>?@A-Z\[\]^_`a-z|}~]+")
_FLAG = re.compile(rb"\\?[!#$&'+,\-./0-9:;<=>?@A-Z\[\]^_`a-z|}~]+")
_LINE_BREAKERS = re.compile(r"[\r\n\0]")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST_QUOTED = 1_000
"""Octets. Longer strings are sent as literals, because some servers read quoted strings into small buffers."""


@dataclass(frozen=True, slots=True, repr=False)
class Literal:
    """An argument sent as `{size}` and raw octets; the session decides whether it is synchronizing.

    `binary` marks a literal8 (`~{size}`, RFC 3516), the only kind that may hold NUL. The repr shows only the size,
    because passwords are sent as literals too.
    """

    data: bytes
    binary: bool = False

    def __repr__(self) -> str:
        return f"Literal({len(self.data)} octets)"


Argument: TypeAlias = bytes | Literal


def atom(text: str) -> bytes:
    """`text` as an atom: a command, a keyword, a capability. LocalProtocolError when it cannot be one."""
    encoded = _ascii(text)
    if encoded is None or not _ATOM.fullmatch(encoded):
        raise LocalProtocolError("an IMAP atom has only printable ASCII characters, without spaces, quotes or brackets")
    return encoded


def quoted(text: str, *, utf8: bool = False) -> bytes:
    """`text` as a quoted string; non-ASCII text only with `utf8` (IMAP4rev2, or after ENABLE UTF8=ACCEPT)."""
    _refuse_line_breaks(text)
    encoded = _utf8(text) if utf8 else _ascii(text)
    if encoded is None:
        raise LocalProtocolError("a quoted IMAP string can hold only ASCII here; send this one as a literal")
    return b'"' + encoded.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def literal(data: bytes, *, binary: bool = False) -> Literal:
    """`data` as a literal; NUL octets are legal only in a `binary` one (RFC 3516)."""
    if not binary and b"\0" in data:
        raise LocalProtocolError("an IMAP literal cannot hold NUL octets unless the server supports BINARY")
    return Literal(data, binary)


def astring(text: str, *, utf8: bool = False) -> Argument:
    """`text` in its shortest legal form: atom, quoted string, or literal in UTF-8.

    CR, LF and NUL are refused with LocalProtocolError: no user name, password or search text has a use for them.
    """
    encoded = _ascii(text)
    if encoded is not None and _ASTRING_ATOM.fullmatch(encoded) and encoded.upper() != b"NIL":
        return encoded
    return string(text, utf8=utf8)


def string(text: str, *, utf8: bool = False) -> Argument:
    """`text` as a quoted string, or as a literal in UTF-8 when it is long or not ASCII; never as an atom.

    For user names and passwords: some servers misread the special characters of an atom. CR, LF and NUL are refused.
    """
    _refuse_line_breaks(text)
    if len(text) <= _LONGEST_QUOTED and (utf8 or (text.isascii() and not _CONTROLS.search(text))):
        return quoted(text, utf8=utf8)
    return Literal(_utf8(text))


def secret(text: str) -> Argument:
    """`text` as `string` would write it, or as a literal in UTF-8 when it holds line breaks. NUL is refused."""
    return literal(_utf8(text)) if "\r" in text or "\n" in text else string(text)


def nstring(text: str | None) -> Argument:
    """`text` as `string` would write it, or NIL for None (the values of ID)."""
    return b"NIL" if text is None else string(text)


def mailbox(name: str, *, utf8: bool = False) -> Argument:
    """A mailbox name in modified UTF-7, or in UTF-8 when the session agreed on `utf8`; INBOX in capitals.

    Raises LocalProtocolError when the name is empty or holds CR, LF, NUL or half a surrogate pair.
    """
    if not name:
        raise LocalProtocolError("a mailbox name cannot be empty")
    _refuse_line_breaks(name)
    name = normalise_inbox(name)
    return astring(name, utf8=True) if utf8 else raw_mailbox(encode_mailbox(name))


def raw_mailbox(name: bytes) -> Argument:
    """A mailbox name exactly as the server listed it (`ListData.raw_name`)."""
    if b"\r" in name or b"\n" in name or b"\0" in name:
        raise LocalProtocolError("a mailbox name cannot hold line breaks or NUL")
    if _ASTRING_ATOM.fullmatch(name) and name.upper() != b"NIL":
        return name
    if name.isascii() and name.decode("ascii").isprintable():
        return quoted(name.decode("ascii"))
    return Literal(name)


def list_pattern(pattern: str, *, utf8: bool = False) -> Argument:
    """The pattern of LIST, with the wildcards `*` and `%`; quoted, because an atom may hold neither."""
    _refuse_line_breaks(pattern)
    return string(pattern, utf8=True) if utf8 else string(encode_mailbox(pattern).decode("ascii"))


def uid_set(uids: UidSet) -> bytes:
    """A sequence-set with ascending ranges (hMailServer misreads any other order). LocalProtocolError when empty."""
    if not uids:
        raise LocalProtocolError("a command cannot name an empty set of messages")
    return uids.to_string().encode("ascii")


def flag_list(flags: Iterable[str]) -> bytes:
    r"""Flags in parentheses, sorted so that equal sets give equal commands: `(\Flagged \Seen $Junk)`."""
    return b"(" + b" ".join(flag(each) for each in sorted(flags)) + b")"


def flag(name: str) -> bytes:
    r"""One flag, such as `\Seen` or `$Junk`. LocalProtocolError when it cannot be one."""
    encoded = _ascii(name)
    if encoded is None or not _FLAG.fullmatch(encoded):
        raise LocalProtocolError(f"{name[:60]!r} is no legal IMAP flag: letters, digits and a few signs, no spaces")
    return encoded


def parenthesized(items: Iterable[bytes]) -> bytes:
    """Arguments that are already encoded, in parentheses."""
    return b"(" + b" ".join(items) + b")"


def number(value: int) -> bytes:
    """A number from 0 to 2^63 - 1. LocalProtocolError outside that range."""
    if not 0 <= value < 2**63:
        raise LocalProtocolError(f"{value} is no number IMAP can carry")
    return b"%d" % value


def date(day: Date) -> bytes:
    """A date for SEARCH, such as `1-Feb-2026`; a datetime is taken in its own zone."""
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year:04d}".encode("ascii")


def date_time(moment: datetime) -> bytes:
    """A date-time for APPEND, quotes included: `" 1-Feb-2026 08:05:00 +0100"`. LocalProtocolError without a zone."""
    if moment.tzinfo is None:
        raise LocalProtocolError("a date for APPEND needs a time zone")
    text = f'"{moment.day:2d}-{_MONTHS[moment.month - 1]}-{moment.year:04d} {moment:%H:%M:%S} {moment:%z}'
    return text[: len('"01-Feb-2026 08:05:00 +0100')].encode("ascii") + b'"'


def _ascii(text: str) -> bytes | None:
    return text.encode("ascii") if text.isascii() else None


def _utf8(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise LocalProtocolError("the text holds half a surrogate pair, which no encoding can carry") from None


def _refuse_line_breaks(text: str) -> None:
    if _LINE_BREAKERS.search(text):
        raise LocalProtocolError("line breaks and NUL characters are not allowed in an IMAP argument")
