"""Parameters of MIME headers (RFC 2045 section 5.1, RFC 2231), from BODYSTRUCTURE or from a raw header. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import unquote_to_bytes

from postroom.mail.mime.encoded_words import decode_charset, decode_header, decode_text

_CONTINUED: Final = re.compile(r"([^*]+)\*(?:(\d{1,4})(\*?))?")
_COMMENT_OR_STRING: Final = re.compile(rb'("(?:[^"\\]|\\.)*+"?)|\((?:[^()\\]|\\.)*+\)', re.DOTALL)
_VALUE: Final = re.compile(rb"\s*([^\s;/=,\"]*)\s*(?:/\s*([^\s;/=,\"]*))?")
_PARAMETER: Final = re.compile(rb'([^\s;=()<>@,"\\/]+)\s*=\s*(?:"((?:[^"\\]|\\.)*+)"?|([^\s;"]*))', re.DOTALL)
_ESCAPED: Final = re.compile(rb"\\(.)", re.DOTALL)


def read_parameters(raw: bytes) -> tuple[str, str, dict[str, str]]:
    """Return type, subtype and parameters of a header such as Content-Type, the first two in lower case.

    The subtype is empty when the value has no slash. Missing semicolons and unclosed quotes are accepted.
    """
    raw = _COMMENT_OR_STRING.sub(lambda found: found[1] or b" ", raw)
    value = _VALUE.match(raw)
    first, second = (value[1], value[2] or b"") if value is not None else (b"", b"")
    pairs: list[object] = []
    for found in _PARAMETER.finditer(raw):
        quoted: bytes | None = found[2]
        pairs += [found[1], found[3] if quoted is None else _ESCAPED.sub(rb"\1", quoted)]
    return decode_text(first).lower(), decode_text(second).lower(), decode_parameters(pairs)


def decode_parameters(values: object) -> dict[str, str]:
    """The parameters of Content-Type or Content-Disposition, from a list that alternates names and values.

    Names are in lower case. Charsets and continuations (RFC 2231) are resolved. Encoded words are decoded too: they are
    not allowed there, but common. Anything but a list gives no parameters.
    """
    if not isinstance(values, list):
        return {}
    plain: dict[str, str] = {}
    continued: list[tuple[str, bytes]] = []
    for name, value in zip(values[::2], values[1::2], strict=False):
        if isinstance(name, bytes) and isinstance(value, bytes):
            if b"*" in name:
                continued.append((decode_text(name).lower(), value))
            else:
                plain.setdefault(decode_text(name).lower(), decode_header(value))
    return plain | _join_continued(continued) if continued else plain


def _join_continued(pairs: Sequence[tuple[str, bytes]]) -> dict[str, str]:
    """RFC 2231: `name*` is one encoded value; `name*0`, `name*1*` and so on are pieces, encoded if they end in *."""
    pieces: dict[str, list[tuple[int, bytes, bool]]] = {}
    for name, value in pairs:
        found = _CONTINUED.fullmatch(name)
        if found is not None:
            encoded = found[2] is None or bool(found[3])
            pieces.setdefault(found[1], []).append((int(found[2] or 0), value, encoded))
    return {name: _join_pieces(sorted(parts)) for name, parts in pieces.items()}


def _join_pieces(parts: list[tuple[int, bytes, bool]]) -> str:
    charset: str | None = None
    _, first, encoded = parts[0]
    if encoded and first.count(b"'") >= 2:
        label, _, rest = first.split(b"'", 2)
        charset = decode_text(label)
        parts[0] = (0, rest, True)
    if not any(encoded for _, _, encoded in parts):
        return decode_header(b"".join(value for _, value, _ in parts))
    octets = b"".join(unquote_to_bytes(value) if encoded else value for _, value, encoded in parts)
    return decode_charset(octets, charset)
