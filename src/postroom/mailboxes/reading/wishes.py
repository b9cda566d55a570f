"""What a caller wants of a message and of its text. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias

from postroom.footprint.dataclass import dataclass
from postroom.imap.parsing.bodystructure import BodyPart
from postroom.mail.shapes import TextKind

__all__ = ["MOST_READ", "MessageWish", "RemoteImages", "TextWish"]

RemoteImages: TypeAlias = Literal["keep", "drop"]
"""Whether safe HTML keeps the addresses of images on the web. A reader's program that loads them tells the sender."""

MOST_READ: Final = 8 * 1024 * 1024
"""Octets as transferred that are read of the texts of one kind, whatever the caller allows."""

_OCTETS_PER_OCTET: Final = 4
_MARKUP: Final = 128 * 1024


@dataclass(frozen=True, slots=True)
class TextWish:
    """What a caller wants of a text.

    `most` is the most octets of each text in UTF-8, None without a limit. `embeds_images` puts attached images into the
    HTML. `is_safe` makes the HTML safe to show in a page, and makes HTML of a text that has none.
    """

    kind: TextKind
    most: int | None = None
    embeds_images: bool = False
    is_safe: bool = False
    remote_images: RemoteImages = "keep"

    @property
    def limit(self) -> int:
        """The octets as transferred that are enough for the texts of one kind, in any encoding and with its markup."""
        return MOST_READ if self.most is None else min(MOST_READ, self.most * _OCTETS_PER_OCTET + _MARKUP)

    @property
    def has_plain(self) -> bool:
        """Whether the answer has the plain text."""
        return self.kind in ("plain", "*")

    @property
    def has_html(self) -> bool:
        """Whether the answer has the HTML."""
        return self.kind in ("html", "*")

    def chosen(self, parts: Mapping[str, Sequence[BodyPart]]) -> dict[str, Sequence[BodyPart]]:
        """Return those text parts, by kind, that the answer is made of."""
        plain, html = parts.get("plain", ()), parts.get("html", ())
        is_new = self.kind == "new"
        needs_plain = self.has_plain or is_new or (self.is_safe and not html)
        needs_html = self.has_html or is_new or (self.has_plain and not plain)
        return {"plain": plain if needs_plain else (), "html": html if needs_html else ()}


@dataclass(frozen=True, slots=True)
class MessageWish:
    r"""What a caller wants of a message: its text, None without it, and whether it gets the flag `\Seen`."""

    text: TextWish | None = None
    marks_seen: bool = False
