"""How the kinds of mail are made."""

from __future__ import annotations

import base64
import quopri
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

NAMES = ("body.txt", "Grüße.txt", "明天.txt", "a b.txt", "naïve (1).txt")
SENTENCES = (
    *(
        "Grüße aus Köln",
        "schöne Straße",
        "plain words",
        "Привет, мир",
        "明天见",
        "안녕하세요",
        "日本語の文",
        "naïve café",
    ),
    *("x = y, z", "100 % – sure", "“quoted”", "😀 emoji", "Γειά σου", "שלום", "สวัสดี"),
)
WESTERN = ("Grüße aus Köln", "schöne Straße", "naïve café", "plain words", "¿Qué tal?", "år og øl", "50 £")
FOOTER = b"_______________________________________________\r\nList mailing list\r\nList@lists.example.com\r\n"


@dataclass(frozen=True, slots=True)
class Mail:
    """A message, and what a person should read of it; None is not compared."""

    raw: bytes
    plain: str | None = None
    html: str | None = None
    subject: str | None = None
    names: tuple[str, ...] | None = None


Kind = Callable[[Random], Mail]
"""Makes one message of a kind; what it chooses, it chooses by the generator that it is given."""


def mail(
    body: bytes,
    content_type: str | bytes | None = "text/plain; charset=utf-8",
    encoding: str = "8bit",
    subject: bytes = b"x",
) -> bytes:
    """A message of one part."""
    lines = [b"From: ada@example.com", b"Subject: " + subject, b"MIME-Version: 1.0"]
    if content_type is not None:
        octets = content_type if isinstance(content_type, bytes) else content_type.encode()
        lines.append(b"Content-Type: " + octets)
    lines.append(b"Content-Transfer-Encoding: " + encoding.encode())
    return b"\r\n".join([*lines, b"", body])


def lines(random: Random, sentences: tuple[str, ...] = SENTENCES) -> str:
    """Some lines of text; something in it is beyond ASCII."""
    chosen = [" ".join(random.choices(sentences, k=random.randint(1, 4))) for _ in range(random.randint(1, 4))]
    return "\n".join([*chosen, sentences[0]]) + "\n"


def wire(text: str, charset: str = "utf-8") -> bytes:
    """Lines as they are sent."""
    return text.replace("\n", "\r\n").encode(charset)


def encoded(random: Random, octets: bytes) -> tuple[bytes, str]:
    """`octets` in one of the transfer encodings."""
    how = random.choice(("8bit", "base64", "quoted-printable"))
    if how == "base64":
        return base64.encodebytes(octets).replace(b"\n", b"\r\n"), how
    if how == "quoted-printable":
        return quopri.encodestring(octets).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), how
    return octets, how


def base64_lines(text: str) -> bytes:
    """Text in lines of base64."""
    return base64.encodebytes(wire(text)).replace(b"\n", b"\r\n")


def quoted(text: str) -> bytes:
    """Text as well-formed quoted-printable."""
    return b"\r\n".join(quopri.encodestring(line.encode()) for line in text.split("\n"))
