"""Hard mail that programs really send, each with the text that its reader should see and the files beside it."""

from __future__ import annotations

import base64
from dataclasses import dataclass

_HEAD = b"From: Ada <ada@example.com>\r\nTo: user@example.com\r\nSubject: trial\r\nMIME-Version: 1.0\r\n"


@dataclass(frozen=True)
class Case:
    """A message, its plain text and HTML (None where there is none), and type and name of each attachment."""

    raw: bytes
    plain: str | None
    html: str | None = None
    files: tuple[tuple[str, str | None], ...] = ()


def part(kind: str, content: str | bytes = b"", *fields: str) -> bytes:
    """Return a part; `fields` are more fields of its head."""
    content = content.encode() if isinstance(content, str) else content
    return "\r\n".join((f"Content-Type: {kind}", *fields, "", "")).encode() + content


def several(kind: str, *parts: bytes, boundary: str = "b", end: bool = True) -> bytes:
    """Return a multipart of these parts."""
    mark = boundary.encode()
    body = b"".join(b"--" + mark + b"\r\n" + each + b"\r\n" for each in parts)
    ending = b"--" + mark + b"--\r\n" if end else b""
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode() + body + ending


def b64(content: str | bytes) -> bytes:
    """Return content as base64, in lines of 76."""
    content = content.encode() if isinstance(content, str) else content
    return base64.encodebytes(content).replace(b"\n", b"\r\n")


BASE64 = "Content-Transfer-Encoding: base64"
QP = "Content-Transfer-Encoding: quoted-printable"
PLAIN = part("text/plain; charset=utf-8", "words\r\n")
HTML = part("text/html; charset=utf-8", "<p>html words</p>\r\n")
PDF = part("application/pdf; name=a.pdf", b64(b"%PDF"), "Content-Disposition: attachment; filename=a.pdf", BASE64)
PNG = part("image/png; name=a.png", b64(b"png"), "Content-ID: <a@x>", "Content-Disposition: inline", BASE64)
PDF_FILE = ("application/pdf", "a.pdf")
PNG_FILE = ("image/png", "a.png")
ALTERNATIVE = several("alternative", PLAIN, HTML, boundary="alt")


CASES: dict[str, Case] = {
    # Structures
    "alternatives in related in mixed": Case(
        several("mixed", several("related", ALTERNATIVE, PNG, boundary="rel"), PDF),
        "words\n",
        "<p>html words</p>\n",
        (PNG_FILE, PDF_FILE),
    ),
    "related in alternatives in mixed": Case(
        several("mixed", several("alternative", PLAIN, several("related", HTML, PNG, boundary="r"), boundary="a"), PDF),
        "words\n",
        "<p>html words</p>\n",
        (PNG_FILE, PDF_FILE),
    ),
    "Apple: mixed in an alternative": Case(
        several("alternative", PLAIN, several("mixed", HTML, PDF, HTML, boundary="m")),
        "words\n",
        "<p>html words</p>\n\n<p>html words</p>\n",
        (PDF_FILE,),
    ),
    "text around a picture": Case(
        several("mixed", part("text/plain", "before\r\n"), PNG, part("text/plain", "after\r\n")),
        "before\n\nafter\n",
        None,
        (PNG_FILE,),
    ),
    "two languages": Case(
        several(
            "mixed",
            part("text/plain; charset=utf-8", "Hello", "Content-Language: en"),
            part("text/plain; charset=utf-8", "Grüße", "Content-Language: de"),
        ),
        "Hello\nGrüße",
    ),
    "two languages as alternatives": Case(
        several(
            "alternative",
            part("text/plain; charset=utf-8", "Hello", "Content-Language: en"),
            part("text/plain; charset=utf-8", "Grüße", "Content-Language: de"),
        ),
        "Hello\nGrüße",
    ),
    "a list's footer behind alternatives": Case(
        several("mixed", ALTERNATIVE, part("text/plain", "____\r\nlist footer\r\n", "Content-Disposition: inline")),
        "words\n\n____\nlist footer\n",
        "<p>html words</p>\n",
    ),
    "a text that is attached": Case(
        several("mixed", PLAIN, part("text/plain", "log\r\n", "Content-Disposition: attachment; filename=log.txt")),
        "words\n",
        None,
        (("text/plain", "log.txt"),),
    ),
    "a text that is only attached": Case(
        several("mixed", part("text/plain", "log\r\n", "Content-Disposition: attachment; filename=log.txt"), PDF),
        None,
        None,
        (("text/plain", "log.txt"), PDF_FILE),
    ),
    "an attached text before the body": Case(
        several("mixed", part("text/plain", "log\r\n", "Content-Disposition: attachment; filename=log.txt"), PLAIN),
        "words\n",
        None,
        (("text/plain", "log.txt"),),
    ),
    "a patch shown inline": Case(
        several("mixed", PLAIN, part("text/x-patch; name=a.patch", "+x\r\n", "Content-Disposition: inline")),
        "words\n",
        None,
        (("text/x-patch", "a.patch"),),
    ),
    "a part without a head": Case(several("mixed", b"\r\nwords\r\n", PDF), "words\n", None, (PDF_FILE,)),
    "preamble and epilogue": Case(
        several("mixed", PLAIN).replace(b"\r\n\r\n--b", b"\r\n\r\nThis is MIME.\r\n--b", 1) + b"epilogue\r\n", "words\n"
    ),
    "a digest": Case(
        several("digest", b"\r\nSubject: one\r\n\r\nfirst\r\n", b"\r\nSubject: two\r\n\r\nsecond\r\n"),
        None,
        None,
        (("message/rfc822", None), ("message/rfc822", None)),
    ),
    "a report of a delivery": Case(
        several(
            'report; report-type="delivery-status"',
            part("text/plain", "It bounced.\r\n"),
            part("message/delivery-status", "Reporting-MTA: dns; mx.example.com\r\n\r\nAction: failed\r\n"),
            part("message/rfc822", "Subject: lost\r\n\r\nlost words\r\n"),
        ),
        "It bounced.\n",
        None,
        (("message/delivery-status", None), ("message/rfc822", None)),
    ),
    # Boundaries
    "a boundary that begins like the inner one": Case(
        several("mixed", several("alternative", PLAIN, HTML, boundary="abcdef"), PDF, boundary="abc"),
        "words\n",
        "<p>html words</p>\n",
        (PDF_FILE,),
    ),
    "an inner boundary that begins like the outer one": Case(
        several("mixed", several("alternative", PLAIN, HTML, boundary="abc"), PDF, boundary="abcdef"),
        "words\n",
        "<p>html words</p>\n",
        (PDF_FILE,),
    ),
    "no final boundary": Case(several("mixed", PLAIN, PDF, end=False), "words\n", None, (PDF_FILE,)),
    "no final inner boundary": Case(
        several("mixed", several("alternative", PLAIN, HTML, boundary="a", end=False), PDF),
        "words\n",
        "<p>html words</p>\n\n",
        (PDF_FILE,),
    ),
    "cut off within a file": Case(several("mixed", PLAIN, PDF)[:-20], "words\n", None, (PDF_FILE,)),
    "cut off within a text": Case(
        several("alternative", part("text/plain; charset=utf-8", b64("Grüße aus Köln " * 9), BASE64))[:-170],
        "Grüße aus Köln Grüße aus Köln Grüße a",
    ),
    "a boundary with odd characters": Case(
        several("alternative", PLAIN, HTML, boundary="----=_Part '()+_,-./:=? 1"), "words\n", "<p>html words</p>\n"
    ),
    # Text
    "an empty text beside HTML": Case(
        several("alternative", part("text/plain; charset=utf-8", ""), HTML), "html words", "<p>html words</p>\n"
    ),
    "a blank text beside HTML": Case(
        several("alternative", part("text/plain; charset=utf-8", b64("\r\n \u00a0\r\n"), BASE64), HTML),
        "html words",
        "<p>html words</p>\n",
    ),
    "flowed with quotes": Case(
        part(
            "text/plain; charset=utf-8; format=flowed",
            "> a quote that \r\n> goes on\r\n>> deeper \r\n>> still\r\n"
            "an answer \r\nthat flows\r\n From the start\r\n-- \r\nAda\r\n",
        ),
        "> a quote that goes on\n>> deeper still\nan answer that flows\nFrom the start\n-- \nAda\n",
    ),
    "flowed with DelSp": Case(
        part(
            'text/plain; charset="utf-8"; Format="Flowed"; DelSp="Yes"',
            "> 日本 \r\n> 語\r\n長い \r\n文\r\n",
        ),
        "> 日本語\n長い文\n",
    ),
    "quoted-printable with faults": Case(
        part("text/plain; charset=utf-8", "Gr=c3=bc=C3=9Fe =  \r\n50 =ZZ = 3=3D3=\r\n", QP), "Grüße 50 =ZZ = 3=3"
    ),
    "base64 with garbage": Case(
        part("text/plain; charset=utf-8", b64("Grüße aus Köln, alles gut hier").replace(b"s", b"s\x00 ", 1), BASE64),
        "Grüße aus Köln, alles gut hier",
    ),
    "base64 without padding": Case(
        part("text/plain; charset=utf-8", b64("Grüße aus Köln!").replace(b"=", b""), BASE64), "Grüße aus Köln!"
    ),
    "an encoding that is misspelt": Case(
        part("text/plain; charset=utf-8", "Gr=C3=BC=C3=9Fe", "Content-Transfer-Encoding: Quoted_Printable"), "Grüße"
    ),
    "base64 in name alone": Case(
        part("text/plain; charset=utf-8", "This text is not encoded at all, is it?\r\n", BASE64),
        "This text is not encoded at all, is it?\n",
    ),
    # Charsets that lie
    "UTF-8 that says us-ascii": Case(part("text/plain; charset=us-ascii", "Grüße – gut\r\n"), "Grüße – gut\n"),
    "UTF-8 that says iso-8859-1": Case(
        part("text/plain; charset=iso-8859-1", "Grüße\r\n".encode("latin-1")), "Grüße\n"
    ),
    "windows-1252 that says iso-8859-1": Case(
        part("text/plain; charset=iso-8859-1", b"\x84so\x93 \x80 5\r\n"), "„so“ € 5\n"
    ),
    "windows-1252 that says UTF-8": Case(part("text/plain; charset=utf-8", b"Gr\xfc\xdfe \x80\r\n"), "Grüße €\n"),
    "UTF-16 with a mark": Case(part("text/plain; charset=utf-16", b64("Grüße".encode("utf-16")), BASE64), "Grüße"),
    "UTF-8 with a mark": Case(part("text/plain; charset=utf-8", b"\xef\xbb\xbfGr\xc3\xbc\xc3\x9fe"), "Grüße"),
    "a charset that nobody knows": Case(part("text/plain; charset=x-unknown", "Grüße"), "Grüße"),
    "a charset with comments and quotes": Case(
        part("text/plain (words); charset='ISO-8859-15' (see)", b"5 \xa4"), "5 €"
    ),
    "HTML that contradicts its head": Case(
        part(
            "text/html; charset=utf-8", '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">Grüße'
        ),
        "Grüße",
        '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">Grüße',
    ),
    # Types that are no text to read
    "winmail.dat alone": Case(
        part("application/ms-tnef; name=winmail.dat", b64(b"\x78\x9f\x3e\x22"), BASE64),
        None,
        None,
        (("application/ms-tnef", "winmail.dat"),),
    ),
    "a calendar alone": Case(
        part("text/calendar; charset=utf-8; method=REQUEST", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"),
        None,
        None,
        (("text/calendar", None),),
    ),
    "PGP/MIME, encrypted": Case(
        several(
            'encrypted; protocol="application/pgp-encrypted"',
            part("application/pgp-encrypted", "Version: 1\r\n"),
            part("application/octet-stream; name=encrypted.asc", "-----BEGIN PGP MESSAGE-----\r\n"),
        ),
        None,
        None,
        (("application/pgp-encrypted", None), ("application/octet-stream", "encrypted.asc")),
    ),
    "S/MIME, encrypted": Case(
        part("application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", b64(b"\x30\x80"), BASE64),
        None,
        None,
        (("application/pkcs7-mime", "smime.p7m"),),
    ),
    "signed": Case(
        several(
            'signed; micalg=pgp-sha256; protocol="application/pgp-signature"',
            several("mixed", ALTERNATIVE, PDF, boundary="m"),
            part("application/pgp-signature; name=signature.asc", "-----BEGIN PGP SIGNATURE-----\r\n"),
        ),
        "words\n",
        "<p>html words</p>\n",
        (PDF_FILE, ("application/pgp-signature", "signature.asc")),
    ),
    "AMP between the alternatives": Case(
        several("alternative", PLAIN, part("text/x-amp-html", "<html amp4email>"), HTML),
        "words\n",
        "<p>html words</p>\n",
        (("text/x-amp-html", None),),
    ),
    "text/enriched beside HTML": Case(
        several("alternative", part("text/enriched", "<bold>words</bold>"), HTML),
        "html words",
        "<p>html words</p>\n",
        (("text/enriched", None),),
    ),
    "text/enriched alone": Case(part("text/enriched", "<bold>words</bold>"), None, None, (("text/enriched", None),)),
    "a file elsewhere": Case(
        several("mixed", PLAIN, part("message/external-body; access-type=URL; URL=x", "Content-Type: text/plain\r\n")),
        "words\n",
        None,
        (("message/external-body", None),),
    ),
    "S/MIME, signed as a whole": Case(
        part("application/x-pkcs7-mime; smime-type=signed-data; name=smime.p7m", b64(b"\x30\x80"), BASE64),
        None,
        None,
        (("application/x-pkcs7-mime", "smime.p7m"),),
    ),
    "several languages, RFC 8255": Case(
        several(
            "multilingual",
            part("text/plain", "This mail is in English and German.\r\n"),
            part("message/rfc822", "Subject: a\r\n\r\nHello\r\n", "Content-Language: en"),
            part("message/rfc822", "Subject: b\r\n\r\nHallo\r\n", "Content-Language: de"),
        ),
        "This mail is in English and German.\n",
        None,
        (("message/rfc822", None), ("message/rfc822", None)),
    ),
    "a message alone within a message": Case(
        part("message/rfc822", b"Subject: inner\r\n\r\ninner words\r\n"), None, None, (("message/rfc822", None),)
    ),
    "a scan with a name beside HTML": Case(
        several("mixed", HTML, part("text/html; name=page.html", "<p>page</p>", "Content-Disposition: attachment")),
        "html words",
        "<p>html words</p>\n",
        (("text/html", "page.html"),),
    ),
    "an only text with a name, shown inline": Case(
        part("text/plain; name=note.txt", "words\r\n", "Content-Disposition: inline; filename=note.txt"), "words\n"
    ),
    "nothing but a picture": Case(
        part("image/png; name=a.png", b64(b"png"), BASE64), None, None, (("image/png", "a.png"),)
    ),
    "a multipart of nothing": Case(b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b--\r\n', ""),
    "alternatives of nothing and HTML in related": Case(
        several("related", several("alternative", part("text/plain", "\r\n"), HTML, boundary="a"), PNG),
        "html words",
        "<p>html words</p>\n",
        (PNG_FILE,),
    ),
    "an invitation among alternatives": Case(
        several("alternative", PLAIN, HTML, part("text/calendar; method=REQUEST", "BEGIN:VCALENDAR\r\n")),
        "words\n",
        "<p>html words</p>\n",
        (("text/calendar", None),),
    ),
    "a document named as HTML's alternative": Case(
        several("alternative", PLAIN, PDF, boundary="a"), "words\n", None, (PDF_FILE,)
    ),
    "RTF alone": Case(part("text/rtf", "{\\rtf1 words}"), None, None, (("text/rtf", None),)),
    "a type in capitals without a subtype": Case(part("TEXT", "words\r\n"), "words\n"),
    "HTML that says it is plain": Case(part("text/plain; charset=utf-8", "<p>words</p>\r\n"), "<p>words</p>\n"),
    "Japanese that says it is iso-2022-jp, with half-width kana": Case(
        part("text/plain; charset=iso-2022-jp", b'\x1b$B$"\x1b(B \x1b(I1\x1b(B\r\n'), "あ ｱ\n"
    ),
    "Shift-JIS with characters of Windows": Case(
        part("text/plain; charset=Shift_JIS", "①株㈱\r\n".encode("cp932")), "①株㈱\n"
    ),
    "Big5 that needs Windows": Case(part("text/plain; charset=big5", "裏恒\r\n".encode("cp950")), "裏恒\n"),
    "GB2312 that is GBK": Case(part("text/plain; charset=gb2312", "镕 €\r\n".encode("gbk", "replace")), "镕 ?\n"),
    "Cyrillic that is undeclared": Case(part("text/plain", "Привет, как дела\r\n"), "Привет, как дела\n"),
    # Lines
    "lone line feeds": Case(PLAIN.replace(b"\r\n", b"\n") + b"more\n", "words\nmore\n"),
    "more than one Content-Type": Case(b"Content-Type: text/plain\r\n" + HTML, "<p>html words</p>\n"),
}


def whole(case: Case) -> bytes:
    """Return the message of a case."""
    return _HEAD + case.raw
