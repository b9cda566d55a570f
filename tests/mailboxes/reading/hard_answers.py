"""Answers of mail servers that repair nothing, and what a reader is to get of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_NO_ENVELOPE: Final = b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"


@dataclass(frozen=True, slots=True)
class HardAnswer:
    """What a server tells of a message, and the members of the message object that come of it.

    `envelope` and `structure` are in the words of IMAP; `texts` are the sections by name. `lacks` are members that must
    be absent.
    """

    expected: Mapping[str, Any]
    structure: bytes
    texts: Mapping[bytes, bytes]
    envelope: bytes = _NO_ENVELOPE
    header: bytes = b"Subject: x\r\n\r\n"
    more: bytes = b""
    lacks: tuple[str, ...] = field(default=())

    @property
    def line(self) -> bytes:
        """The FETCH response with everything that may be asked for."""
        sections = {b"HEADER]<0>": self.header} | {name + b"]": text for name, text in self.texts.items()}
        told = b"".join(b" BODY[%b {%d}\r\n%b" % (name, len(text), text) for name, text in sections.items())
        details = b"UID 1 FLAGS () RFC822.SIZE 900 ENVELOPE %b BODYSTRUCTURE %b" % (self.envelope, self.structure)
        return b"* 1 FETCH (%b%b%b)" % (details, self.more, told)


def _leaf(kind: bytes, size: int, params: bytes = b"NIL", encoding: bytes = b"7bit", rest: bytes = b"") -> bytes:
    major, minor = kind.split(b"/")
    lines = b" 1" if major == b"text" else b""
    return b'("%b" "%b" %b NIL NIL "%b" %d%b%b)' % (major, minor, params, encoding, size, lines, rest)


def _attached(kind: bytes, params: bytes, disposition: bytes = b"NIL") -> HardAnswer:
    """A message of the text `words` and one attachment, whose members are in `expected` of the copy."""
    part = _leaf(kind, 40, params, b"base64", b" NIL " + disposition)
    return HardAnswer({}, b"(%b%b %b)" % (_WORDS, part, b'"mixed"'), {b"1": b"words"})


def _text(content: bytes, params: bytes, expected: str, encoding: bytes = b"8bit") -> HardAnswer:
    structure = _leaf(b"text/plain", len(content), params, encoding)
    return HardAnswer({"text.plain": expected, "text.hasMore": False}, structure, {b"1": content})


def _named(filename: str, params: bytes, disposition: bytes = b"NIL") -> HardAnswer:
    answer = _attached(b"application/pdf", params, disposition)
    return HardAnswer({"attachments.0.filename": filename}, answer.structure, answer.texts)


def _enveloped(envelope: bytes, expected: Mapping[str, Any], *lacks: str, more: bytes = b"") -> HardAnswer:
    return HardAnswer(expected, _WORDS, {b"1": b"words"}, envelope, more=more, lacks=lacks)


def _nested(levels: int) -> bytes:
    """A message that encloses another one, `levels` deep."""
    inner = _leaf(b"text/plain", 9)
    for _ in range(levels):
        inner = b'("message" "rfc822" NIL NIL NIL "7bit" 900 %b %b 9)' % (_NO_ENVELOPE, inner)
    return inner


_WORDS: Final = _leaf(b"text/plain", 5)
_CALENDAR: Final = _leaf(b"text/calendar", 40, b'("method" "REQUEST" "charset" "utf-8")')
_GROUP: Final = (
    b'((NIL NIL "Friends" NIL)(NIL NIL "a" "example.com")("B" NIL "b" "example.com")(NIL NIL NIL NIL)'
    b'(NIL NIL "c" "example.com"))'
)
_ANYBODY: Final = b'((NIL NIL "undisclosed-recipients" NIL)(NIL NIL NIL NIL))'

HARD_ANSWERS: Final[Mapping[str, HardAnswer]] = {
    # Headers
    "8 bit in the envelope": _enveloped(
        b'(NIL "Gr\xc3\xbc\xc3\x9fe" (("\xc4da" NIL "ada" "example.com")) NIL NIL NIL NIL NIL NIL NIL)',
        {"subject": "Grüße", "from": {"name": "Äda", "address": "ada@example.com"}},
    ),
    "a character split between encoded words": _enveloped(
        b'(NIL "=?utf-8?q?aus_K=C3?= =?utf-8?q?=B6ln?=" NIL NIL NIL NIL NIL NIL NIL NIL)', {"subject": "aus Köln"}
    ),
    "blanks and missing padding in encoded words": _enveloped(
        b'(NIL "=?UTF-8?B?R3LDvMOfZQ?= =?utf-8?q?an J=C3=B6rg?=" NIL NIL NIL NIL NIL NIL NIL NIL)',
        {"subject": "Grüßean Jörg"},
    ),
    "groups": _enveloped(
        b"(NIL NIL NIL NIL NIL %b %b NIL NIL NIL)" % (_GROUP, _ANYBODY),
        {
            "to.0.address": "a@example.com",
            "to.1": {"name": "B", "address": "b@example.com"},
            "to.2.address": "c@example.com",
        },
    ),
    "headers more than once and in 8 bit": HardAnswer(
        {"headers": {"subject": ["Grüße", "second"], "x-long": ["a b"]}},
        _WORDS,
        {b"1": b"words"},
        header=b"Subject: Gr\xfc\xdfe\r\nX-Long: a\r\n b\r\nSUBJECT: second\r\n\r\n",
    ),
    "no date at all": _enveloped(_NO_ENVELOPE, {"subject": ""}, "date", "from"),
    "no Date header": _enveloped(
        _NO_ENVELOPE, {"date": "2026-02-01T10:00:00.000Z"}, more=b' INTERNALDATE "01-Feb-2026 10:00:00 +0000"'
    ),
    "a date that cannot be": _enveloped(
        b'("Mon, 32 Foo 2026 99:00:00" "x" NIL NIL NIL NIL NIL NIL NIL NIL)', {"subject": "x"}, "date"
    ),
    # File names
    "a file name in pieces": _named(
        "Grüße 2026.pdf",
        b"NIL",
        b'("attachment" ("filename*0*" "utf-8\'\'Gr%C3%BC" "filename*1*" "%C3%9Fe%20" "filename*2" "2026.pdf"))',
    ),
    "a file name in pieces out of order": _named(
        "one-two.pdf", b"NIL", b'("attachment" ("filename*1" "two.pdf" "filename*0" "one-"))'
    ),
    "a file name with a charset": _named(
        "Köln.pdf", b"NIL", b'("attachment" ("filename*" "iso-8859-1\'de\'K%F6ln.pdf"))'
    ),
    "a file name as an encoded word": _named("Straße.pdf", b'("name" "=?iso-8859-1?Q?Stra=DFe.pdf?=")'),
    "a file name in 8 bit": _named("Grüße.pdf", b'("name" "Gr\xc3\xbc\xc3\x9fe.pdf")'),
    # Parts
    "winmail.dat": HardAnswer(
        {"attachments.0.filename": "winmail.dat", "attachments.0.contentType": "application/ms-tnef"},
        _attached(b"application/ms-tnef", b'("name" "winmail.dat")').structure,
        {b"1": b"words"},
    ),
    "an invitation": HardAnswer(
        {"text.plain": "words", "attachments.0.contentType": "text/calendar", "attachments.0.method": "REQUEST"},
        b'(%b%b "alternative")' % (_WORDS, _CALENDAR),
        {b"1": b"words"},
    ),
    "a message within messages": HardAnswer(
        {"text.plain": "words", "attachments.0.contentType": "message/rfc822"},
        b'(%b%b "mixed")' % (_WORDS, _nested(2)),
        {b"1": b"words"},
    ),
    "HTML alone": HardAnswer(
        {"text.plain": "a < b", "text.html": "<p>a &lt; b</p>"},
        _leaf(b"text/html", 15),
        {b"1": b"<p>a &lt; b</p>"},
    ),
    "an empty text": HardAnswer({"text.plain": "", "text.hasMore": False}, _leaf(b"text/plain", 0), {}),
    # Charsets and encodings
    "UTF-7": _text(b"Hi Mom +Jjo-!", b'("charset" "utf-7")', "Hi Mom \u263a!", b"7bit"),
    "half a character in UTF-7": _text(b"a+2AA-b", b'("charset" "utf-7")', "a?b", b"7bit"),
    "ISO-2022-JP": _text(b"\x1b$BF|K\\8l\x1b(B", b'("charset" "ISO-2022-JP")', "日本語", b"7bit"),
    "GB18030": _text("漢字 € 㐀".encode("gb18030"), b'("charset" "GB18030")', "漢字 € 㐀"),
    "KS_C_5601": _text("안녕".encode("euc_kr"), b'("charset" "ks_c_5601-1987")', "안녕"),
    "undeclared 8 bit": _text(b"Gr\xfc\xdfe \x84so\x93 \x80", b"NIL", "Grüße „so“ €"),
    "UTF-8 that is labelled ASCII": _text("Grüße".encode(), b'("charset" "us-ascii")', "Grüße"),
    "base64 with a footer": _text(
        b"R3LDvMOfZQ==\r\n\r\n_____\r\nA footer of the list: https://example.com/\r\n",
        b'("charset" "utf-8")',
        "Grüße",
        b"base64",
    ),
}
"""By what is hard about them. A dot in a name of `expected` leads into a member, and a number into a list."""
