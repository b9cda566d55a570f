"""The parts of a report: the fields of its head, its parts in order, their texts and fields. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.mail.html.plain import plain_of_html
from postroom.mail.mime.headers import read_headers
from postroom.mail.mime.message import MessagePart, read_message
from postroom.mail.mime.text import read_text
from postroom.mail.mime.transfer import decode_transfer

__all__ = ["LONGEST_REPORT", "ReportParts", "groups_of_fields", "head_of", "read_parts"]

LONGEST_REPORT: Final = 1024 * 1024
"""Octets at the beginning of a message that are read."""

_LONGEST_HEAD: Final = 64 * 1024
_LONGEST_TEXT: Final = 48 * 1024
_LONGEST_HTML: Final = 256 * 1024
_MOST_PARTS: Final = 100
_MOST_GROUPS: Final = 2_000
_BLANK_LINE: Final = re.compile(rb"\n\r?\n")
# Python before 3.11.5 matches a group that is repeated possessively wrongly, unless its last branch is `(?!)`.
_BLANK_LINES: Final = re.compile(rb"\n[ \t]*\r?\n(?:[ \t]*\r?\n|(?!))*+")


@dataclass(frozen=True, slots=True)
class ReportParts:
    """A message that may be a report: the fields of its head, and its leaves in order."""

    head: Mapping[str, Sequence[bytes]] = field(repr=False)
    leaves: tuple[MessagePart, ...] = field(repr=False)

    def of_type(self, *types: str) -> Iterator[MessagePart]:
        """Yield the leaves of these types, such as `message/delivery-status`."""
        return (leaf for leaf in self.leaves if f"{leaf.type}/{leaf.subtype}" in types)

    def texts(self) -> list[str]:
        """Return the texts for people, plain ones first; HTML as plain text. Together they are bounded."""
        texts: list[str] = []
        left = _LONGEST_TEXT
        for leaf in (*self.of_type("text/plain"), *self.of_type("text/html")):
            if left <= 0:
                break
            text = _plain(leaf)[:left]
            left -= len(text)
            texts.append(text)
        return texts


def _plain(leaf: MessagePart) -> str:
    """The beginning of a text as plain text. HTML has much around its words."""
    raw = leaf.raw[: _LONGEST_HTML if leaf.subtype == "html" else 2 * _LONGEST_TEXT]
    text = read_text(raw, leaf.subtype, leaf.encoding, leaf.params, cut=True)
    return plain_of_html(text) if leaf.subtype == "html" else text


def read_parts(octets: bytes) -> ReportParts:
    """Return the parts of the beginning of a message. Never fails."""
    octets = octets[:LONGEST_REPORT]
    leaves: list[MessagePart] = []
    waiting = [read_message(octets, with_files=True)]
    while waiting and len(leaves) < _MOST_PARTS:
        part = waiting.pop()
        if part.parts:
            waiting.extend(reversed(part.parts))
        else:
            leaves.append(part)
    return ReportParts(head_of(octets), tuple(leaves))


def head_of(octets: bytes) -> dict[str, list[bytes]]:
    """Return the fields at the beginning of a message or a part, up to the first blank line."""
    octets = octets[:_LONGEST_HEAD].lstrip(b"\r\n")
    blank = _BLANK_LINE.search(octets)
    return read_headers(octets if blank is None else octets[: blank.start() + 1])


def groups_of_fields(part: MessagePart) -> list[dict[str, list[bytes]]]:
    """Return the groups of fields in a part such as message/delivery-status; blank lines are between them."""
    octets = decode_transfer(part.raw, part.encoding, cut=True)
    groups = _BLANK_LINES.split(octets.strip(), maxsplit=_MOST_GROUPS)[:_MOST_GROUPS]
    return [fields for each in groups if (fields := read_headers(each))]
