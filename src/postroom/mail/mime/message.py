"""The texts of a whole message, for servers whose BODYSTRUCTURE is unusable. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import field
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.mail.mime.headers import read_headers
from postroom.mail.mime.parameters import read_parameters
from postroom.mail.mime.parts import read_type, words_of
from postroom.mail.mime.text import read_text

_DEEPEST: Final = 50
_MOST_PARTS: Final = 2_000
_LONGEST_HEAD: Final = 256 * 1024
# Octets of all nested levels, which are in memory at the same time: a larger message is read to fewer levels.
_MOST_NESTED: Final = 24 * 1024 * 1024
_BLANK_LINE: Final = re.compile(rb"\n\r?\n")
_REST_OF_BOUNDARY: Final = re.compile(rb"(--)?[ \t]*(?:\r?\n|\Z)")


@dataclass(frozen=True, slots=True)
class MessagePart:
    """One part; `raw` is the content of a text as transferred, `parts` are the parts of a multipart.

    `raw` of other leaves is empty, unless the message was read with its files.
    """

    type: str
    subtype: str
    params: dict[str, str] = field(default_factory=dict)
    encoding: str = ""
    disposition: str | None = None
    filename: str | None = None
    raw: bytes = b""
    parts: tuple[MessagePart, ...] = ()


def read_texts(raw: bytes, *, cut: bool = False) -> dict[str, str]:
    """Return the texts to read by kind, `plain` and `html`; several parts of one kind are joined. Never fails.

    `cut` means that `raw` is only the beginning of the message.
    """
    found: dict[str, list[str]] = {}
    for part in words_of(read_message(raw)):
        text = read_text(part.raw, part.subtype, part.encoding, part.params, cut=cut)
        found.setdefault(part.subtype, []).append(text)
    return {kind: "\n".join(texts) for kind, texts in found.items()}


def read_message(raw: bytes, *, with_files: bool = False) -> MessagePart:
    """Return the tree of a message's parts; enclosed messages are not opened.

    Parts that are nested too deep, or that exceed the number an honest message has, are left out.
    """
    return _read_part(raw, b"text/plain", 0, iter(range(_MOST_PARTS)), with_files)


def _read_part(raw: bytes, default_type: bytes, depth: int, left: Iterator[int], with_files: bool) -> MessagePart:
    """`left` counts the parts of the whole message that may still be read."""
    headers, content = _headers_and_content(raw)
    kind, subtype, params = read_parameters(_first(headers, "content-type") or default_type)
    kind, subtype = read_type(kind, subtype)
    disposition, _, described = read_parameters(_first(headers, "content-disposition"))
    parts: tuple[MessagePart, ...] = ()
    if kind == "multipart" and depth < _DEEPEST and depth * len(content) <= _MOST_NESTED:
        default_type = b"message/rfc822" if subtype == "digest" else b"text/plain"
        pieces = _pieces(content, params.get("boundary", ""))
        parts = tuple(
            _read_part(piece, default_type, depth + 1, left, with_files) for piece, _ in zip(pieces, left, strict=False)
        )
        if not parts:
            # A multipart without a boundary is read as text.
            kind, subtype = "text", "plain"
            content = _without_end(content, params.get("boundary", ""))
    return MessagePart(
        kind,
        subtype,
        params,
        _first(headers, "content-transfer-encoding").decode("latin-1"),
        disposition or None,
        described.get("filename") or params.get("name") or None,
        content if kind == "text" or (with_files and kind != "multipart") else b"",
        parts,
    )


def _headers_and_content(raw: bytes) -> tuple[dict[str, list[bytes]], bytes]:
    """The content begins after the first blank line, or at once when there is no header."""
    if raw.startswith((b"\n", b"\r\n")):
        return {}, raw[raw.index(b"\n") + 1 :]
    blank = _BLANK_LINE.search(raw)
    head, content = (raw, b"") if blank is None else (raw[: blank.start()], raw[blank.end() :])
    headers = read_headers(head[:_LONGEST_HEAD])
    return headers, content if headers or not head else raw


def _first(headers: dict[str, list[bytes]], name: str) -> bytes:
    return headers.get(name, [b""])[0]


def _without_end(content: bytes, boundary: str) -> bytes:
    """A multipart that has no part may still have its closing boundary."""
    end = b"--" + boundary.encode() + b"--"
    if not boundary or end not in content:
        return content
    return b"".join(line for line in content.splitlines(keepends=True) if line.rstrip() != end)


def _pieces(content: bytes, boundary: str) -> Iterator[bytes]:
    """The content between boundary lines (RFC 2046 section 5.1.1); the closing boundary may be missing."""
    if not boundary:
        return
    line = b"--" + boundary.encode()
    begin: int | None = None
    at = 0
    while (at := content.find(line, at)) >= 0:
        found = _REST_OF_BOUNDARY.match(content, at + len(line))
        if found is None or (at > 0 and content[at - 1 : at] != b"\n"):
            at = content.find(b"\n", at)
            if at < 0:
                break
            continue
        if begin is not None:
            yield content[begin : max(begin, at - (2 if content[at - 2 : at] == b"\r\n" else 1))]
        if found[1]:
            return
        begin = at = found.end()
    if begin is not None:
        yield content[begin:]
