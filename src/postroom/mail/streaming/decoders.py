"""Decodes transfer encodings piece by piece, with the results of `transfer` for honest mail. Pure."""

from __future__ import annotations

from typing import Protocol

from postroom.mail.mime.transfer import (
    PIECE,
    UUENCODE,
    decode_uu,
    encoding_name,
    end_of_piece,
    piece_of_quoted_printable,
)
from postroom.mail.streaming.base64_lines import Base64Decoder
from postroom.mail.streaming.lines import whole_lines

__all__ = ["TransferDecoder", "decoder_of", "is_base64", "is_identity"]


class TransferDecoder(Protocol):
    """Decodes one content from its beginning to its end. It holds at most a few pieces of 64 KiB."""

    def feed(self, raw: bytes) -> bytes:
        """Take the next octets as transferred; return the decoded octets that are certain by now."""
        ...

    def finish(self) -> bytes:
        """The content has ended; return the rest."""
        ...


def is_identity(encoding: str | None) -> bool:
    """Whether the content is transferred as it is: 7bit, 8bit, binary, none, and encodings that nobody knows."""
    return encoding_name(encoding) not in ("base64", "quoted-printable", *UUENCODE)


def is_base64(encoding: str | None) -> bool:
    """Whether the content is transferred as base64."""
    return encoding_name(encoding) == "base64"


def decoder_of(encoding: str | None) -> TransferDecoder:
    """Return a decoder for a Content-Transfer-Encoding."""
    name = encoding_name(encoding)
    if name == "base64":
        return Base64Decoder()
    if name == "quoted-printable":
        return _QuotedPrintable()
    return _Uuencoded() if name in UUENCODE else _Identity()


class _Identity:
    def feed(self, raw: bytes) -> bytes:
        return raw

    def finish(self) -> bytes:
        return b""


class _QuotedPrintable:
    """Cuts the content exactly where `decode_transfer` does."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, raw: bytes) -> bytes:
        raw, at, found = self._rest + raw, 0, []
        while len(raw) - at > PIECE:
            end = end_of_piece(raw, at)
            found.append(piece_of_quoted_printable(raw[at:end]))
            at = end
        self._rest = raw[at:]
        return b"".join(found)

    def finish(self) -> bytes:
        rest, self._rest = self._rest, b""
        return piece_of_quoted_printable(rest)


class _Uuencoded:
    """Decodes each line by itself."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, raw: bytes) -> bytes:
        lines, self._rest = whole_lines(self._rest + raw)
        return decode_uu(lines)

    def finish(self) -> bytes:
        rest, self._rest = self._rest, b""
        return decode_uu(rest)
