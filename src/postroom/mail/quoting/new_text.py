"""Splits a message into what the sender wrote, what is quoted, and the signature. Pure.

Mail has no standard for quotes. Each mail program marks them in its own way, so this is an estimate. In doubt, text
stays in the new part.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.mail.quoting import marks, phrases
from postroom.mail.quoting.kinds import PieceKind, settled
from postroom.mail.quoting.new_html import split_elements

__all__ = ["NewText", "split_new", "split_new_html"]

_FOOTER_LINES: Final = 3


@dataclass(frozen=True)
class NewText:
    """The parts of a message: plain text, or fragments of HTML. A part that a message does not have is empty."""

    new: str
    quoted: str
    signature: str


def split_new(text: str) -> NewText:
    """Split plain text. Each line that is not blank is in one part, as it was; blank lines around a part go.

    Takes linear time, and raises nothing.
    """
    lines = text.split("\n")
    kinds = _kinds(lines)
    return NewText(*(_part(lines, kinds, kind) for kind in (PieceKind.TEXT, PieceKind.QUOTE, PieceKind.SIGNATURE)))


def split_new_html(html: str) -> NewText:
    """Split HTML by the marks of the common mail programs. The parts are fragments of HTML; they are not sanitised.

    If there is no mark, all of it is new. Takes linear time.
    """
    parts = split_elements(html)
    return NewText(html, "", "") if parts is None else NewText(*parts)


def _kinds(lines: Sequence[str]) -> list[PieceKind]:
    """Return what each line is in the end."""
    cut = len(lines)
    followed = _followed_by_quote(lines)
    kinds: list[PieceKind] = []
    for at, line in enumerate(lines):
        if marks.is_quote(line):
            kinds.append(PieceKind.QUOTE)
            continue
        if marks.is_separator(line) or marks.is_block(lines, at):
            cut = _above(lines, at)
            break
        start = marks.attribution_start(lines, at, followed[at])
        if start is not None and not followed[at]:
            cut = start
            break
        kinds.append(PieceKind.TEXT if line.strip() else PieceKind.BLANK)
        if start is not None:
            kinds[start:] = [PieceKind.QUOTE] * (at + 1 - start)
    kinds = kinds[:cut]
    _mark_signatures(lines, kinds)
    return settled(kinds) + [PieceKind.QUOTE] * (len(lines) - cut)


def _followed_by_quote(lines: Sequence[str]) -> list[bool]:
    """Return for each line whether the next line that is not blank is a quote."""
    found: list[bool] = []
    is_next = False
    for line in reversed(lines):
        found.append(is_next)
        if line.strip():
            is_next = marks.is_quote(line)
    return found[::-1]


def _above(lines: Sequence[str], at: int) -> int:
    """Return where the original message begins: at a rule directly above its block, or else at the block."""
    start = at
    while start > 0 and not lines[start - 1].strip():
        start -= 1
    return start - 1 if start > 0 and marks.is_rule(lines[start - 1]) else at


def _mark_signatures(lines: Sequence[str], kinds: list[PieceKind]) -> None:
    """Find signatures below the delimiter, footers of mailing lists, and the lines of telephones at the end of text."""
    is_below = False
    for at, kind in enumerate(kinds):
        if kind is PieceKind.QUOTE:
            is_below = False
        elif kind is PieceKind.TEXT:
            is_below = is_below or marks.is_delimiter(lines[at]) or _is_footer(lines, at)
            kinds[at] = PieceKind.SIGNATURE if is_below else kind
    is_end = True
    for at in range(len(kinds) - 1, -1, -1):
        if kinds[at] is PieceKind.TEXT:
            is_end = is_end and marks.is_mobile(lines[at])
            kinds[at] = PieceKind.SIGNATURE if is_end else PieceKind.TEXT
        elif kinds[at] is not PieceKind.BLANK:
            is_end = True


def _is_footer(lines: Sequence[str], at: int) -> bool:
    below = lines[at + 1 : at + 1 + _FOOTER_LINES]
    return marks.is_rule(lines[at]) and any(phrases.LIST_FOOTER in line[:200].casefold() for line in below)


def _part(lines: Sequence[str], kinds: Sequence[PieceKind], wanted: PieceKind) -> str:
    """Return the lines of one kind, with the blank lines between them."""
    kept: list[str] = []
    current = PieceKind.BLANK
    for line, kind in zip(lines, kinds, strict=True):
        current = current if kind is PieceKind.BLANK else kind
        if current is wanted:
            kept.append(line)
    return "\n".join(_without_blank_edges(kept))


def _without_blank_edges(lines: Sequence[str]) -> Iterable[str]:
    start, end = 0, len(lines)
    while start < end and not lines[start].strip():
        start += 1
    while end > start and not lines[end - 1].strip():
        end -= 1
    return lines[start:end]
