"""Transfer encodings, and text that flows."""

from __future__ import annotations

import base64
import binascii
from random import Random

from tests.mail.mime.kinds.making import FOOTER, Kind, Mail, base64_lines, lines, mail, quoted, wire


def flowed_text(random: Random) -> Mail:
    words = [random.choices(("Grüße", "words", "明天", "naïve"), k=random.randint(2, 9)) for _ in range(3)]
    delsp = random.random() < 0.5
    text = "\n".join(("" if delsp else " ").join(each) for each in words) + "\n"
    sent = "\r\n".join(" \r\n".join(each) for each in words) + "\r\n"
    more = "; delsp=yes" if delsp else ""
    return Mail(mail(sent.encode(), f"text/plain; charset=utf-8; format=flowed{more}"), plain=text)


def well_formed_quoted_printable(random: Random) -> Mail:
    text = lines(random)
    return Mail(mail(quoted(text), encoding="quoted-printable"), plain=text)


def blanks_behind_soft_breaks(random: Random) -> Mail:
    text = lines(random)
    body = quoted(text).replace(b"=C3", b"=" + random.choice((b" ", b"\t", b"  ")) + b"\r\n=C3")
    return Mail(mail(body, encoding="quoted-printable"), plain=text)


def lower_case_escapes(random: Random) -> Mail:
    text = lines(random)
    body = b"".join(b"=%02x" % each if each > 126 or each == 61 else bytes([each]) for each in wire(text))
    return Mail(mail(body, encoding="quoted-printable"), plain=text)


def stray_equals_signs(random: Random) -> Mail:
    text = lines(random)
    stray, read = random.choice(
        ((b"x=y", "x=y"), (b"= z", "= z"), (b"a=zz", "a=zz"), (b"==", "=="), (b"1==2 ok", "1==2 ok"))
    )
    return Mail(mail(quoted(text) + stray + b".", encoding="quoted-printable"), plain=text + read + ".")


def octets_in_quoted_printable(random: Random) -> Mail:
    text = lines(random).replace("=", "-")
    return Mail(mail(wire(text), encoding="quoted-printable"), plain=text)


def well_formed_base64(random: Random) -> Mail:
    text = lines(random)
    return Mail(mail(base64_lines(text), encoding="base64"), plain=text)


def a_footer_behind_base64(random: Random) -> Mail:
    text = lines(random) * 2
    footer = random.choice((FOOTER, b"-- \r\nsent from a list, see https://lists.example.com/\r\n", b"\r\n" + FOOTER))
    return Mail(mail(base64_lines(text) + footer, encoding="base64"), plain=text)


def noise_in_base64(random: Random) -> Mail:
    text = lines(random)
    body = base64_lines(text)
    at = random.randrange(len(body) // 2)
    return Mail(
        mail(body[:at] + random.choice((b" ", b"!", b"\r\n", b"*", b"\r\n\r\n")) + body[at:], encoding="base64"),
        plain=text,
    )


def several_base64_joined(random: Random) -> Mail:
    text, more = lines(random), lines(random)
    return Mail(mail(base64_lines(text) + base64_lines(more), encoding="base64"), plain=text + more)


def url_safe_base64(random: Random) -> Mail:
    text = lines(random) + "???>>>\n"
    body = base64.urlsafe_b64encode(wire(text))
    return Mail(mail(body, encoding="base64"), plain=text)


def base64_without_padding(random: Random) -> Mail:
    text = lines(random)
    return Mail(mail(base64.b64encode(wire(text)).rstrip(b"="), encoding="base64"), plain=text)


def uuencoded(random: Random) -> Mail:
    octets = wire(lines(random))
    rows = [binascii.b2a_uu(octets[at : at + 45]).replace(b"\n", b"\r\n") for at in range(0, len(octets), 45)]
    body = b"begin 644 a.txt\r\n" + b"".join(rows) + b"`\r\nend\r\n"
    return Mail(mail(body, encoding="x-uuencode"), plain=octets.decode().replace("\r\n", "\n"))


KINDS: tuple[Kind, ...] = (
    flowed_text,
    well_formed_quoted_printable,
    blanks_behind_soft_breaks,
    lower_case_escapes,
    stray_equals_signs,
    octets_in_quoted_printable,
    well_formed_base64,
    a_footer_behind_base64,
    noise_in_base64,
    several_base64_joined,
    url_safe_base64,
    base64_without_padding,
    uuencoded,
)
