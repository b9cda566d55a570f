"""Encodes those parts of a message again that cannot be sent as they are; the rest stays octet by octet. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import BytesIO
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.mail.composing.encoding import Base64Lines, QuotedLines, is_shorter_quoted
from postroom.mail.composing.line_ends import with_crlf
from postroom.mail.composing.whole.ascii_fields import in_ascii
from postroom.mail.composing.whole.header import HeaderField, MalformedHeader, first_value, split_header
from postroom.mail.mime.parameters import read_parameters
from postroom.mail.mime.parts import read_type
from postroom.mail.mime.transfer import UUENCODE, decode_transfer, encoding_name

__all__ = ["NotEncodable", "recoded"]

_DEEPEST: Final = 40
_ENCODED: Final = frozenset({"base64", "quoted-printable", *UUENCODE})
_TRANSFER: Final = "content-transfer-encoding"
_MESSAGES: Final = frozenset({("message", "rfc822"), ("message", "global")})


class NotEncodable(ValueError):
    """A part must not be changed, or its structure cannot be read."""


def recoded(octets: bytes, is_bad: Callable[[bytes], bool]) -> bytes:
    """Return the message with each part encoded again of which the content `is_bad`. Its own header stays.

    Lines end with CRLF. Raises NotEncodable: signed parts cannot be changed, and some kinds of `message/` are never
    encoded (RFC 2046 section 5.2).
    """
    buffer = BytesIO()
    try:
        buffer.writelines(_entity(_Span(octets, 0, len(octets), is_bad), 0))
    except MalformedHeader as error:
        raise NotEncodable(f"in the header of a part, {error}") from error
    return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class _Span:
    """A part of a message: where it begins and ends in the octets of the whole."""

    octets: bytes
    start: int
    end: int
    is_bad: Callable[[bytes], bool]

    def cut(self, start: int, end: int) -> _Span:
        return _Span(self.octets, start, end, self.is_bad)

    def is_bad_from(self, start: int) -> bool:
        return self.is_bad(self.octets[start : self.end])

    def __bytes__(self) -> bytes:
        return self.octets[self.start : self.end]


def _entity(part: _Span, depth: int) -> Iterator[bytes]:
    """Yield a part, with its header. The header of the whole message, at depth 0, is not judged."""
    if not part.is_bad_from(part.start):
        yield bytes(part)
        return
    if depth > _DEEPEST:
        raise NotEncodable("its parts are too deep in one another")
    fields, body = split_header(part.octets, part.start, part.end)
    if depth:
        fields = [in_ascii(each) if part.is_bad(each.octets) else each for each in fields]
    if not part.is_bad_from(body):
        yield from (each.octets for each in fields)
        yield part.octets[_blank_line(part, body) : part.end]
        return
    first, second, parameters = read_parameters(first_value(fields, "content-type") or b"")
    kind = read_type(first, second)
    transfer = encoding_name((first_value(fields, _TRANSFER) or b"").decode("latin-1"))
    inner = part.cut(body, part.end)
    if kind[0] == "multipart" and transfer not in _ENCODED:
        yield from _head(fields, "7bit" if transfer in ("8bit", "binary") else None)
        yield from _multipart(inner, kind[1], parameters.get("boundary", ""), depth)
    elif kind in _MESSAGES and transfer not in _ENCODED:
        yield from _head(fields, "7bit" if transfer in ("8bit", "binary") else None)
        yield from _entity(inner, depth + 1)
    elif kind[0] in ("multipart", "message"):
        raise NotEncodable(f"it has a part of the type {kind[0]}/{kind[1]} that must not be encoded")
    else:
        encoding, content = _leaf(bytes(inner), transfer, is_text=kind[0] == "text")
        yield from _head(fields, encoding)
        yield from content


def _multipart(inner: _Span, subtype: str, boundary: str, depth: int) -> Iterator[bytes]:
    """Yield the content of a multipart. The text around its parts, which nobody sees, is left out if it is bad."""
    if subtype == "signed":
        raise NotEncodable("it has a signed part, which must not be changed")
    lines = _delimiters(inner, boundary)
    if not lines:
        raise NotEncodable("it has a multipart without parts")
    preamble = inner.cut(inner.start, lines[0].start())
    yield b"" if preamble.is_bad_from(preamble.start) else bytes(preamble)
    for place, line in enumerate(lines):
        yield line[0] if line[0].endswith(b"\n") else line[0] + b"\r\n"
        if line[1]:
            break
        end = lines[place + 1].start() if place + 1 < len(lines) else inner.end
        content_end = end - 2 if place + 1 < len(lines) and end - 2 >= line.end() else end
        yield from _entity(inner.cut(line.end(), content_end), depth + 1)
        yield inner.octets[content_end:end]
    else:
        return
    epilogue = inner.cut(line.end(), inner.end)
    yield b"" if epilogue.is_bad_from(epilogue.start) else bytes(epilogue)


def _delimiters(inner: _Span, boundary: str) -> Sequence[re.Match[bytes]]:
    """Return the lines between parts, up to the closing one, which has a group 1."""
    if not boundary:
        return ()
    line = re.compile(rb"(?<![^\n])--%s(--)?[ \t]*(?:\r\n|\Z)" % re.escape(boundary.encode("utf-8", "replace")))
    found: list[re.Match[bytes]] = []
    for each in line.finditer(inner.octets, inner.start, inner.end):
        found.append(each)
        if each[1]:
            break
    return found


def _head(fields: Sequence[HeaderField], encoding: str | None) -> Iterator[bytes]:
    """Yield a header with another encoding, and the line behind it."""
    written = HeaderField.of(f"Content-Transfer-Encoding: {encoding}").octets
    is_there = False
    for each in fields:
        if each.name != _TRANSFER or encoding is None:
            yield each.octets
        elif not is_there:
            yield written
            is_there = True
    if encoding is not None and not is_there:
        yield written
    yield b"\r\n"


def _leaf(content: bytes, transfer: str, *, is_text: bool) -> tuple[str, Iterable[bytes]]:
    """Return an encoding for a part that holds no others, and its content in that."""
    decoded = decode_transfer(content, transfer) if transfer in _ENCODED else content
    if is_text and b"\0" not in decoded and with_crlf(decoded) == decoded:
        lines = decoded.replace(b"\r\n", b"\n")
        if is_shorter_quoted(lines):
            return "quoted-printable", QuotedLines(lines)
    return "base64", Base64Lines(decoded)


def _blank_line(part: _Span, body: int) -> int:
    """Return where the empty line before a body begins."""
    return body - 2 if part.octets[body - 2 : body] == b"\r\n" else body
