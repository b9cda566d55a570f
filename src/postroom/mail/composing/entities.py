"""Writes the parts of a message: texts, files, and multiparts around them (RFC 2045, 2046, 2387). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from io import BytesIO

from postroom.footprint.dataclass import dataclass
from postroom.mail.composing.draft import Enclosure
from postroom.mail.composing.encoding import (
    Base64Lines,
    PlainLines,
    QuotedLines,
    is_safe_as_it_is,
    is_shorter_quoted,
)
from postroom.mail.composing.fields import is_token, is_writable_id, parameterised_field
from postroom.mail.composing.line_ends import has_long_line, with_crlf
from postroom.mail.mime.parameters import read_parameters
from postroom.mail.mime.parts import read_type

__all__ = ["Entity", "enclosure_entity", "multipart_entity", "text_entity"]


@dataclass(frozen=True, slots=True)
class Entity:
    """A part: its header fields, each without its last line end, and its content as transferred.

    A file is encoded while its `pieces` are gone through, so only the message holds it encoded.
    """

    fields: tuple[str, ...]
    pieces: Iterable[bytes] = field(repr=False)
    is_seven_bit: bool = True

    def __iter__(self) -> Iterator[bytes]:
        """Yield the part as it stands in a message, in pieces."""
        yield "".join(f"{each}\r\n" for each in self.fields).encode() + b"\r\n"
        yield from self.pieces

    @property
    def octets(self) -> bytes:
        """The part as it stands in a message."""
        return _joined(self)

    @property
    def content(self) -> bytes:
        """The content as transferred."""
        return _joined(self.pieces)


@dataclass(frozen=True, slots=True)
class _Parts:
    """The content of a multipart."""

    parts: Sequence[Entity]
    line: bytes

    def __iter__(self) -> Iterator[bytes]:
        for part in self.parts:
            yield self.line + b"\r\n"
            yield from part
            yield b"\r\n"
        yield self.line + b"--\r\n"


def text_entity(subtype: str, text: str) -> Entity:
    """Return a text in UTF-8: as it is when nothing on the way changes it, else in the shorter of the two encodings."""
    raw = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    kind = parameterised_field("Content-Type", f"text/{subtype}", [("charset", "utf-8")])
    if is_safe_as_it_is(raw):
        return Entity((kind, _encoding("7bit")), PlainLines(raw))
    if is_shorter_quoted(raw):
        return Entity((kind, _encoding("quoted-printable")), QuotedLines(raw))
    return Entity((kind, _encoding("base64")), Base64Lines(raw.replace(b"\n", b"\r\n")))


def enclosure_entity(file: Enclosure) -> Entity:
    """Return a file in base64. A message is enclosed as it is, because RFC 2046 section 5.2.1 forbids to encode it."""
    first, second, parameters = read_parameters(file.content_type.encode("utf-8", "replace"))
    kind, subtype = read_type(first, second)
    if not is_token(kind) or not is_token(subtype):
        kind, subtype, parameters = "application", "octet-stream", {}
    encoding, content = _as_it_is(file.content) if (kind, subtype) == ("message", "rfc822") else ("", b"")
    pieces: Iterable[bytes] = (content,)
    if not encoding:
        encoding, pieces = "base64", Base64Lines(file.content)
        if kind in ("multipart", "message"):
            kind, subtype, parameters = "application", "octet-stream", {}
    named = [("name", file.filename)] if file.filename else []
    kept = [(key, value) for key, value in parameters.items() if key != "name" and is_token(key)]
    disposition = file.disposition or ("inline" if file.cid else "attachment")
    fields = [
        parameterised_field("Content-Type", f"{kind}/{subtype}", [*kept, *named]),
        _encoding(encoding),
        parameterised_field("Content-Disposition", disposition, [("filename", name) for _, name in named]),
    ]
    cid = (file.cid or "").strip("<>")
    # The id of a file that is taken over is a stranger's text.
    if is_writable_id(cid):
        fields.append(f"Content-ID: <{cid}>")
    return Entity(tuple(fields), pieces, is_seven_bit=encoding != "8bit")


def multipart_entity(subtype: str, parts: Sequence[Entity], boundary: str) -> Entity:
    """Return several parts as one. No part may contain `boundary`."""
    root = [("type", "text/html")] if subtype == "related" else []
    kind = parameterised_field("Content-Type", f"multipart/{subtype}", [*root, ("boundary", boundary)])
    line = f"--{boundary}".encode("ascii")
    # A message that is enclosed as it is may have 8-bit content, and every multipart around it says so.
    is_seven_bit = all(part.is_seven_bit for part in parts)
    return Entity((kind, _encoding("7bit" if is_seven_bit else "8bit")), _Parts(parts, line), is_seven_bit)


def _as_it_is(raw: bytes) -> tuple[str, bytes]:
    """Return an encoding that changes nothing, and the content with the line ends it needs; "" when there is none."""
    lines = with_crlf(raw)
    if b"\0" in raw or has_long_line(lines):
        return "", b""
    return "7bit" if raw.isascii() else "8bit", lines


def _joined(pieces: Iterable[bytes]) -> bytes:
    # This holds the octets once. `join` would hold them twice, in its pieces and as a whole.
    buffer = BytesIO()
    buffer.writelines(pieces)
    return buffer.getvalue()


def _encoding(name: str) -> str:
    return f"Content-Transfer-Encoding: {name}"
