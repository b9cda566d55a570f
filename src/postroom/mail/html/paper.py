"""Lines of plain text with margins: quotes, lists, empty lines, and spaces as HTML collapses them. Pure."""

from __future__ import annotations

import re
from dataclasses import field
from typing import Final

from postroom.footprint.dataclass import dataclass

MOST_MARGINS: Final = 12
"""Margins within one another. Deeper quotes and lists have no margin of their own."""
MOST_EMPTY: Final = 2
"""Empty lines in a row."""

# Pieces of a text that `since` looks at, so that links within links stay cheap.
_FEW: Final = 50
# What HTML collapses to one space; a no-break space is none of them.
_COLLAPSED: Final = re.compile(r"[ \t\r\n\f]+")
_LINE_END: Final = re.compile(r"\r\n?|\n")
# Soft hyphens, joiners and byte order marks: mail fills the preview with them.
_INVISIBLE: Final = re.compile("[\u00ad\u034f\u200b\u2060\ufeff]")
_EMPTY: Final = re.compile("[\\s\u200c\u200d\u200e\u200f]*")


@dataclass(slots=True)
class _Margin:
    first: str
    rest: str
    is_begun: bool = False


@dataclass(slots=True)
class Margins:
    """What lines begin with: the first line of a margin can begin differently."""

    open_ones: list[_Margin] = field(default_factory=list)
    depth: int = 0
    lowest: int = 0

    def open(self, first: str, rest: str) -> None:
        """Begin a margin inside those that are open."""
        self.depth += 1
        if self.depth <= MOST_MARGINS:
            self.open_ones.append(_Margin(first, rest))

    def close(self) -> None:
        """End the margin that was opened last."""
        if self.depth <= MOST_MARGINS:
            self.open_ones.pop()
        self.depth -= 1
        self.lowest = min(self.lowest, len(self.open_ones))

    def of_empty_line(self) -> str:
        """What an empty line begins with: the margins that the lines before and after it share."""
        return "".join(each.rest for each in self.open_ones[: self.lowest]).rstrip()

    def of_line(self) -> str:
        """What the next line begins with."""
        begin = []
        for each in self.open_ones:
            begin.append(each.rest if each.is_begun else each.first)
            each.is_begun = True
        self.lowest = len(self.open_ones)
        return "".join(begin)


@dataclass(slots=True)
class Paper:
    """Takes texts and breaks in the order of the mail, and gives the lines."""

    margins: Margins = field(default_factory=Margins)
    lines: list[str] = field(default_factory=list)
    kept_spaces: int = 0
    _line: list[str] = field(default_factory=list)
    _has_text: bool = False
    _empty_lines: int = 0
    _separator: str = ""
    _is_after_space: bool = True

    def write(self, text: str) -> None:
        """Write a text of HTML. White space collapses, unless `kept_spaces` is above zero."""
        text = _INVISIBLE.sub("", text)
        if self.kept_spaces:
            first, *others = _LINE_END.split(text)
            self._add(first)
            for line in others:
                self.end_line()
                self._add(line)
            return
        text = _COLLAPSED.sub(" ", text)
        if self._is_after_space and text[:1] == " ":
            text = text[1:]
        self._add(text)

    def write_word(self, word: str) -> None:
        """Write a word with a space before it."""
        self.write(f" {word}")

    def separate(self, separator: str) -> None:
        """Put the separator before the next text, if that is on the same line."""
        if self._has_text:
            while self._line[-1] == " ":
                self._line.pop()
            self._separator = separator
            self._is_after_space = True

    def end_line(self) -> None:
        """End the line; without a text on it, it is an empty line."""
        if not self._flush():
            self._empty_lines = min(self._empty_lines + 1, MOST_EMPTY)

    def begin_block(self, gap: int) -> None:
        """End the line if it has a text, and have at least `gap` empty lines before the next one."""
        self._flush()
        self._empty_lines = max(self._empty_lines, gap)

    def own_line(self, text: str) -> None:
        """Write a line of its own."""
        self.begin_block(0)
        self._add(text)
        self.begin_block(0)

    def place(self) -> tuple[int, int]:
        """Return where the next text goes, for `since`."""
        return len(self.lines), len(self._line)

    def since(self, place: tuple[int, int]) -> str | None:
        """Return the text since `place` without space around it; None when it is long, or not all on the open line."""
        if place[0] != len(self.lines) or len(self._line) - place[1] > _FEW:
            return None
        return "".join(self._line[place[1] :]).strip()

    def text(self) -> str:
        """Return all lines."""
        self._flush()
        return "\n".join(self.lines)

    def _add(self, text: str) -> None:
        if not text:
            return
        if self._separator and text.strip():
            self._line.append(self._separator)
            self._separator = ""
        self._line.append(text.replace("\u00a0", " "))
        self._is_after_space = text[-1] in " \t"
        self._has_text = self._has_text or not _EMPTY.fullmatch(text)

    def _flush(self) -> bool:
        """Move the open line to the lines; return whether it had a text."""
        has_text = self._has_text
        line = "".join(self._line).rstrip()
        self._line.clear()
        self._separator, self._is_after_space, self._has_text = "", True, False
        if not has_text:
            return False
        if self.lines:
            self.lines += [self.margins.of_empty_line()] * self._empty_lines
        self._empty_lines = 0
        self.lines.append(self.margins.of_line() + line)
        return True
