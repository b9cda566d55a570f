"""Writes the parts of a message: texts, files, and multiparts around them (RFC 2045, 2046, 2387). Pure."""

from __future__ import annotations

import binascii
from base64 import encodebytes
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from postroom.mail.composing.draft import Enclosure
from postroom.mail.composing.fields import is_token, is_writable_id, parameterised_field
from postroom.mail.mime.parameters import read_parameters
from postroom.mail.mime.parts import read_type

__all__ = ["Entity", "enclosure_entity", "multipart_entity", "text_entity"]

_LONGEST_LINE: Final = 998


@dataclass(frozen=True, slots=True)
class Entity:
    """A part: its header fields, each without its last line end, and its content as transferred."""

    fields: tuple[str, ...]
    content: bytes = field(repr=False)

    @property
    def octets(self) -> bytes:
        """The part as it stands in a message."""
        return "".join(f"{each}\r\n" for each in self.fields).encode() + b"\r\n" + self.content


def text_entity(subtype: str, text: str) -> Entity:
    """Return a text in UTF-8: as it is when it is plain ASCII, else in the shorter of the two encodings."""
    raw = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    kind = parameterised_field("Content-Type", f"text/{subtype}", [("charset", "utf-8")])
    if raw.isascii() and b"\0" not in raw and _has_short_lines(raw):
        return Entity((kind, _encoding("7bit")), _with_crlf(raw))
    quoted = binascii.b2a_qp(raw, istext=True)
    encoded = encodebytes(raw.replace(b"\n", b"\r\n"))
    if len(quoted) <= len(encoded):
        return Entity((kind, _encoding("quoted-printable")), _with_crlf(quoted))
    return Entity((kind, _encoding("base64")), _with_crlf(encoded))


def enclosure_entity(file: Enclosure) -> Entity:
    """Return a file in base64. A message is enclosed as it is, because RFC 2046 section 5.2.1 forbids to encode it."""
    first, second, parameters = read_parameters(file.content_type.encode("utf-8", "replace"))
    kind, subtype = read_type(first, second)
    if not is_token(kind) or not is_token(subtype):
        kind, subtype, parameters = "application", "octet-stream", {}
    encoding, content = _as_it_is(file.content) if (kind, subtype) == ("message", "rfc822") else ("", b"")
    if not encoding:
        encoding, content = "base64", _with_crlf(encodebytes(file.content))
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
    return Entity(tuple(fields), content)


def multipart_entity(subtype: str, parts: Sequence[Entity], boundary: str) -> Entity:
    """Return several parts as one. No part may contain `boundary`."""
    root = [("type", "text/html")] if subtype == "related" else []
    kind = parameterised_field("Content-Type", f"multipart/{subtype}", [*root, ("boundary", boundary)])
    line = f"--{boundary}".encode("ascii")
    content = b"".join(line + b"\r\n" + part.octets + b"\r\n" for part in parts)
    # A message that is enclosed as it is may have 8-bit content, and every multipart around it says so.
    encoding = "7bit" if all(part.content.isascii() for part in parts) else "8bit"
    return Entity((kind, _encoding(encoding)), content + line + b"--\r\n")


def _as_it_is(raw: bytes) -> tuple[str, bytes]:
    """Return an encoding that changes nothing, and the content with the line ends it needs; "" when there is none."""
    lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if b"\0" in raw or not _has_short_lines(lines):
        return "", b""
    return "7bit" if raw.isascii() else "8bit", _with_crlf(lines)


def _has_short_lines(raw: bytes) -> bool:
    return max(map(len, raw.split(b"\n"))) <= _LONGEST_LINE


def _with_crlf(lines: bytes) -> bytes:
    return lines.replace(b"\n", b"\r\n")


def _encoding(name: str) -> str:
    return f"Content-Transfer-Encoding: {name}"
