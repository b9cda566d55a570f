"""Letters as people's programs send them, each of a kind that some reader of mail gets wrong."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

_HEAD = (
    b"From: Ada Example <ada@example.com>\r\nTo: user@example.com\r\nSubject: trial\r\n"
    b"Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <trial@example.com>\r\nMIME-Version: 1.0\r\n"
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it is appended, and what of the message object must be right: members, or those of its text."""

    raw: bytes
    plain: str | None = None
    html: str | None = None
    members: tuple[tuple[str, Any], ...] = ()
    attachments: tuple[str, ...] = ()


def _text(content_type: bytes, body: bytes, encoding: bytes = b"8bit") -> bytes:
    return _HEAD + b"Content-Type: " + content_type + b"\r\nContent-Transfer-Encoding: " + encoding + b"\r\n\r\n" + body


def _headers(lines: bytes) -> bytes:
    return b"From: Ada <ada@example.com>\r\n" + lines + b"Content-Type: text/plain\r\n\r\nx"


def _multipart(subtype: bytes, *parts: bytes) -> bytes:
    body = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts)
    return _HEAD + b"Content-Type: multipart/" + subtype + b"; boundary=b\r\n\r\n" + body + b"--b--\r\n"


_META = (
    '<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1251"></head>'
    "<body><p>Привет</p></body></html>\r\n"
)
_FOOTER = (
    b"_______________________________________________\r\nList mailing list\r\n"
    b"List@lists.example.com\r\nhttps://lists.example.com/info\r\n"
)
_PLAIN = b'Content-Type: text/plain; charset=utf-8; name="body.txt"\r\n\r\nplain words'
_HTML = b'Content-Type: text/html; charset=utf-8; name="body.html"\r\n\r\n<p>html words</p>'
_UKRAINIAN = "Привіт, їжак і ґанок - усе гаразд"


def _addresses(raw: bytes, *found: tuple[str, str]) -> Letter:
    to = [{"name": name, "address": address} for name, address in found]
    return Letter(_headers(b"To: " + raw + b"\r\n"), "x", members=(("to", to),))


LETTERS = {
    "koi8-u": Letter(_text(b"text/plain; charset=KOI8-U", _UKRAINIAN.encode("koi8_u")), _UKRAINIAN),
    "half-width kana": Letter(
        _text(b"text/plain; charset=iso-2022-jp", b"\x1b$BL@F|\x1b(B \x1b(I6E\x1b(B\r\n", b"7bit"), "明日 ｶﾅ\n"
    ),
    "signs of NEC": Letter(_text(b"text/plain; charset=ISO-2022-JP", b"\x1b$B-!-j\x1b(B\r\n", b"7bit"), "①㈱\n"),
    "raw JIS": Letter(_text(b"text/plain", b"\x1b$BL@F|\x1b(B\r\n", b"7bit"), "明日\n"),
    "x-gbk": Letter(_text(b"text/plain; charset=x-gbk", b"w/fM7A==\r\n", b"base64"), "明天"),
    "utf-7": Letter(_text(b"text/plain; charset=unicode-1-1-utf-7", b"Gr+APwA3w-e\r\n", b"7bit"), "Grüße\n"),
    "hz": Letter(_text(b"text/plain; charset=hz-gb-2312", b"~{CwLl~}\r\n", b"7bit"), "明天\n"),
    "unknown-8bit": Letter(_text(b"text/plain; charset=unknown-8bit", b"Gr\xfc\xdfe\r\n"), "Grüße\n"),
    "undeclared UTF-8": Letter(_text(b"text/plain", "Grüße\r\n".encode()), "Grüße\n"),
    "undeclared Windows-1252": Letter(_text(b"text/plain", b"Gr\xfc\xdfe \x96 \x80\r\n"), "Grüße – €\n"),
    "one wrong octet": Letter(
        _text(b"text/plain; charset=utf-8", "Grüße aus Köln, schöne Straße caf".encode() + b"\xe9 ok\r\n"),
        "Grüße aus Köln, schöne Straße caf\ufffd ok\n",
    ),
    "a list's footer behind base64": Letter(
        _text(
            b"text/plain; charset=utf-8",
            base64.encodebytes("Grüße aus Köln, schöne Straße!\n".encode()).replace(b"\n", b"\r\n") + _FOOTER,
            b"base64",
        ),
        "Grüße aus Köln, schöne Straße!\n",
    ),
    "format=flowed": Letter(
        _text(
            b"text/plain; charset=utf-8; format=flowed",
            b"This paragraph was \r\nwrapped by the sender's \r\nprogram.\r\n\r\nSecond.\r\n",
        ),
        "This paragraph was wrapped by the sender's program.\n\nSecond.\n",
    ),
    "delsp": Letter(
        _text(b"text/plain; charset=utf-8; format=flowed; delsp=yes", "明 \r\n天\r\n-- \r\nAda\r\n".encode()),
        "明天\n-- \nAda\n",
    ),
    "charset in HTML alone": Letter(
        _text(b"text/html", _META.encode("cp1251")), "Привет", html=_META.replace("\r\n", "\n")
    ),
    "charset in XML alone": Letter(
        _text(b"text/html", '<?xml version="1.0" encoding="koi8-r"?><p>Привет</p>'.encode("koi8_r")),
        "Привет",
        html='<?xml version="1.0" encoding="koi8-r"?><p>Привет</p>',
    ),
    "named alternatives": Letter(_multipart(b"alternative", _PLAIN, _HTML), "plain words", "<p>html words</p>"),
    "a named body": Letter(
        _multipart(b"mixed", _PLAIN, b'Content-Type: text/plain; name="notes.txt"\r\n\r\nnotes'),
        "plain words",
        attachments=("notes.txt",),
    ),
    "an attached text": Letter(
        _multipart(b"mixed", _PLAIN, b"Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nnotes"),
        "plain words",
        attachments=("",),
    ),
    "names of attachments": Letter(
        _multipart(
            b"mixed",
            _PLAIN,
            *(
                b"Content-Type: application/pdf\r\nContent-Disposition: attachment; " + name + b"\r\n\r\npdf"
                for name in (
                    b"filename*=utf-8'de'Gr%C3%BC%C3%9Fe.pdf",
                    b"filename*0*=utf-8''Gr%C3;\r\n filename*1*=%BC%C3%9Fe;\r\n filename*2=.pdf",
                    b'filename="=?utf-8?B?R3LDvMOfZS5wZGY=?="',
                    b'filename="=?iso-8859-1?Q?Gr=FC=DF?=\r\n =?ISO-8859-1?q?e=2Epdf?="',
                    b'filename="Gr\xfc\xdfe.pdf"',
                    'filename="Grüße.pdf"'.encode(),
                )
            ),
        ),
        "plain words",
        attachments=("Grüße.pdf",) * 6,
    ),
    "blanks behind a soft break": Letter(
        _text(b"text/plain; charset=utf-8", b"one line= \r\n only\r\nGr=C3=BC=c3=9fe=\t\r\n!\r\n", b"quoted-printable"),
        "one line only\nGrüße!\n",
    ),
    "octets in a Q word": Letter(
        _headers(
            b"Subject: =?iso-8859-1?Q?Sch\xf6ne Gr\xfc\xdfe?=\r\n"
            b"To: =?iso-8859-1?Q?J\xf6rg?= =?iso-8859-1?Q?_M\xfcller?= <jm@example.com>\r\n"
        ),
        "x",
        members=(
            ("subject", "Schöne Grüße"),
            ("to", [{"name": "Jörg Müller", "address": "jm@example.com"}]),
        ),
    ),
    "a character cut in two": Letter(
        _headers(b"Subject: =?utf-8?Q?a=E2=82?=\r\n =?UTF-8?q?=AC?=\r\n"), "x", members=(("subject", "a€"),)
    ),
    "a subject in raw octets": Letter(
        _headers(b"Subject: Gr\xfc\xdfe \x96 \x80\r\n"), "x", members=(("subject", "Grüße – €"),)
    ),
    "a subject in raw JIS": Letter(_headers(b"Subject: \x1b$BL@F|\x1b(B\r\n"), "x", members=(("subject", "明日"),)),
    "a comma before the first address": _addresses(
        b", ada2@example.com, bob@example.com", ("", "ada2@example.com"), ("", "bob@example.com")
    ),
    "an address that is none": _addresses(b"<>, bob@example.com", ("", "bob@example.com")),
    "a wrong address": _addresses(b"bob@example.com, <@@>", ("", "bob@example.com")),
    "an address without a domain": _addresses(b"root, Ada <ada@>", ("", "root"), ("Ada", "ada")),
    "a name alone": _addresses(b"Ada Lovelace", ("Ada Lovelace", "")),
    "nobody": _addresses(b"undisclosed-recipients:;"),
    "a group": _addresses(b"Team: a@x.com, B <b@x.com>;, c@x.com", ("", "a@x.com"), ("B", "b@x.com"), ("", "c@x.com")),
    "a type without a subtype": Letter(_text(b"text", b"words\r\n", b"7bit"), "words\n"),
    "its charset": Letter(_text(b"text; charset=koi8-u", _UKRAINIAN.encode("koi8_u")), _UKRAINIAN),
    "a type that is none": Letter(_text(b"garbage", b"words\r\n", b"7bit"), "words\n"),
    "a type of three": Letter(_text(b"text/html/x; charset=utf-8", "<p>ü</p>\r\n".encode()), "ü", html="<p>ü</p>\n"),
    "a multipart without a boundary": Letter(_text(b"multipart/mixed", b"words\r\n", b"7bit"), "words\n"),
    "a boundary that never comes": Letter(_text(b"multipart/mixed; boundary=never", b"words\r\n"), "words\n"),
    "no semicolon": Letter(_text(b"text/plain charset=koi8-u", _UKRAINIAN.encode("koi8_u")), _UKRAINIAN),
}
