"""Encoded words, and names of parts."""

from __future__ import annotations

import base64
from random import Random

from tests.mail.mime.kinds.making import NAMES, SENTENCES, WESTERN, Kind, Mail, mail, wire


def _word(random: Random, octets: bytes, label: str, *, padded: bool = True) -> bytes:
    if random.random() < 0.5:
        text = base64.b64encode(octets)
        return f"=?{label}?{random.choice('bB')}?".encode() + (text if padded else text.rstrip(b"=")) + b"?="
    return f"=?{label}?{random.choice('qQ')}?".encode() + b"".join(b"=%02X" % each for each in octets) + b"?="


def well_formed_words(random: Random) -> Mail:
    chosen = random.choices(SENTENCES, k=3)
    label = random.choice(("utf-8", "UTF-8", "Utf-8"))
    return Mail(
        mail(b"x", subject=b"\r\n ".join(_word(random, each.encode(), label) for each in chosen)),
        subject="".join(chosen),
    )


def words_of_two_charsets(random: Random) -> Mail:
    words = random.choices((("Grüße", "iso-8859-1"), ("Привет", "koi8-r"), ("明天", "gb2312"), ("x", "utf-8")), k=3)
    subject = b" ".join(_word(random, text.encode(label), label) for text, label in words)
    return Mail(
        mail(b"x", subject=b"Re: " + subject + b" !"), subject="Re: " + "".join(text for text, _ in words) + " !"
    )


def characters_cut_between_words(random: Random) -> Mail:
    text = random.choice([each for each in SENTENCES if not each.isascii()])
    octets = text.encode()
    at = random.randrange(1, len(octets))
    subject = _word(random, octets[:at], "utf-8") + b" " + _word(random, octets[at:], "UTF-8")
    return Mail(mail(b"x", subject=subject), subject=text)


def octets_in_q_words(random: Random) -> Mail:
    text = random.choice(WESTERN)
    label, codec = random.choice((("iso-8859-1", "latin-1"), ("utf-8", "utf-8"), ("windows-1252", "cp1252")))
    word = f"=?{label}?Q?".encode() + text.replace("?", "=3F").replace(" ", "_").encode(codec) + b"?="
    return Mail(mail(b"x", subject=word), subject=text)


def words_with_a_language(random: Random) -> Mail:
    text = random.choice(SENTENCES)
    return Mail(mail(b"x", subject=_word(random, text.encode(), random.choice(("utf-8*de", "UTF-8*EN")))), subject=text)


def blanks_in_q_words(random: Random) -> Mail:
    text = random.choice(WESTERN)
    escaped = b"".join(
        bytes([each]) if each == 0x20 or 97 <= each <= 122 else b"=%02X" % each for each in text.encode()
    )
    return Mail(mail(b"x", subject=b"=?utf-8?Q?" + escaped + b"?= end"), subject=text + " end")


def words_without_padding(random: Random) -> Mail:
    text = random.choice(SENTENCES)
    word = b"=?utf-8?B?" + base64.b64encode(text.encode()).rstrip(b"=") + b"?="
    return Mail(mail(b"x", subject=word), subject=text)


def words_with_odd_labels(random: Random) -> Mail:
    label, codec, text = random.choice(
        (
            ("x-gbk", "gbk", "明天"),
            ("ks_c_5601-1987", "cp949", "안녕"),
            ("windows-874", "cp874", "สวัสดี"),
            ("x-mac-cyrillic", "mac_cyrillic", "Привет"),
            ("unknown-8bit", "utf-8", "Grüße"),
            ("default", "cp1252", "Grüße"),
            ("cp1252", "cp1252", "Grüße"),
            ("iso-8859-8-i", "iso8859_8", "שלום"),
        )
    )
    return Mail(mail(b"x", subject=_word(random, text.encode(codec), label)), subject=text)


def subjects_in_raw_octets(random: Random) -> Mail:
    text = random.choice(WESTERN)
    return Mail(mail(b"x", subject=text.encode(random.choice(("utf-8", "cp1252")))), subject=text)


def _parts(subtype: str, *parts: bytes) -> bytes:
    body = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"
    return mail(body, f"multipart/{subtype}; boundary=b", "7bit")


def _part(content_type: bytes, body: bytes, disposition: bytes = b"") -> bytes:
    more = b"Content-Disposition: " + disposition + b"\r\n" if disposition else b""
    return b"Content-Type: " + content_type + b"\r\n" + more + b"\r\n" + body


def _named(random: Random, key: bytes, name: str) -> bytes:
    octets = name.encode()
    how = random.randrange(3)
    if how == 0:
        return key + b"*=utf-8''" + b"".join(b"%%%02X" % each for each in octets)
    if how == 1:
        cut = len(octets) // 2
        pieces = (b"".join(b"%%%02X" % each for each in piece) for piece in (octets[:cut], octets[cut:]))
        return b";\r\n ".join(
            b"%s*%d*=%s%s" % (key, at, b"" if at else b"utf-8''", each) for at, each in enumerate(pieces)
        )
    return key + b'="=?utf-8?B?' + base64.b64encode(octets) + b'?="'


def names_of_attachments(random: Random) -> Mail:
    name = random.choice(NAMES)
    attached = _part(b"application/pdf", b"pdf", b"attachment; " + _named(random, b"filename", name))
    return Mail(_parts("mixed", _part(b"text/plain", b"words"), attached), plain="words", names=(name,))


def names_in_raw_octets(random: Random) -> Mail:
    name = random.choice(("Grüße.txt", "naïve.txt"))
    octets = name.encode(random.choice(("utf-8", "cp1252")))
    attached = _part(b"application/pdf", b"pdf", b'attachment; filename="' + octets + b'"')
    return Mail(_parts("mixed", _part(b"text/plain", b"words"), attached), plain="words", names=(name,))


def named_alternatives(random: Random) -> Mail:
    more = random.choice((b"", b"inline"))
    plain = _part(b"text/plain; " + _named(random, b"name", "body.txt"), b"words", more)
    html = _part(b"text/html; " + _named(random, b"name", "body.html"), b"<p>words</p>", more)
    return Mail(_parts("alternative", plain, html), plain="words", html="<p>words</p>", names=())


def a_named_text_behind_the_words(random: Random) -> Mail:
    name = random.choice(NAMES)
    notes = _part(
        b"text/plain; " + _named(random, b"name", name), b"notes", random.choice((b"", b"inline", b"attachment"))
    )
    return Mail(_parts("mixed", _part(b"text/plain", b"words"), notes), plain="words", names=(name,))


def types_that_are_none(random: Random) -> Mail:
    return Mail(
        mail(b"words\r\n", random.choice(("text", "text/", "garbage", "", "/plain", "plain")), "7bit"), plain="words\n"
    )


def a_charset_without_a_subtype(random: Random) -> Mail:
    return Mail(mail(wire("Привіт\n", "koi8_u"), "text; charset=koi8-u"), plain="Привіт\n")


def open_quotes(random: Random) -> Mail:
    return Mail(mail(wire("Привіт\n", "koi8_u"), 'text/plain; charset="koi8-u'), plain="Привіт\n")


def comments(random: Random) -> Mail:
    content_type = "text/plain (a comment); charset=koi8-u (another)"
    return Mail(mail(wire("Привіт\n", "koi8_u"), content_type), plain="Привіт\n")


KINDS: tuple[Kind, ...] = (
    well_formed_words,
    words_of_two_charsets,
    characters_cut_between_words,
    octets_in_q_words,
    words_with_a_language,
    blanks_in_q_words,
    words_without_padding,
    words_with_odd_labels,
    subjects_in_raw_octets,
    names_of_attachments,
    names_in_raw_octets,
    named_alternatives,
    a_named_text_behind_the_words,
    types_that_are_none,
    a_charset_without_a_subtype,
    open_quotes,
    comments,
)
