"""Makes any HTML cheap to parse: what would cost a parser the square of its length is left out. Pure.

A parser of HTML looks through the open elements at each tag, through the attributes of a tag at each of them, and opens
formatting elements again in each block when they were not closed. So a few megabytes of hostile mail cost minutes, or
gigabytes. Mail that people write stays far below the limits, and passes unchanged.
"""

from __future__ import annotations

import re
from dataclasses import field
from typing import Final

from postroom.footprint.dataclass import dataclass

MOST_DEPTH: Final = 400
"""Elements within one another. Browsers stop at 512."""
MOST_ATTRIBUTES: Final = 200
"""Attributes of one tag."""
# Octets of formatting tags that a parser may repeat, for each character of the mail.
_MOST_REPEATED: Final = 4
_REPEATED_ANYWAY: Final = 1_000_000
# Elements that may stand in a table outside of its cells: a parser looks for the place of each among all before it.
_MOST_MISPLACED: Final = 50_000
# Options of a form: a parser looks through all that its list has, at each of them.
_MOST_OPTIONS: Final = 5_000
# Character references in one text or tag: a parser may copy the text before each of them.
_MOST_REFERENCES: Final = 2_000
# Below this length nothing is expensive.
_HARMLESS: Final = 2_000

_VOID: Final = frozenset(
    (
        *("area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "image", "img"),
        *("input", "keygen", "link", "meta", "param", "source", "track", "wbr"),
    )
)
_FORMATTING: Final = frozenset(
    (*("a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"),)
)
# In these, names mean nothing: no element is void, and none closes another (HTML Standard 13.2.6.5).
_FOREIGN: Final = frozenset(("svg", "math"))
# A start tag closes an element of these, if it is the last one that is open.
_CLOSED_BY: Final = {
    "p": ("p",),
    "li": ("p", "li"),
    "dt": ("p", "dt", "dd"),
    "dd": ("p", "dt", "dd"),
    "option": ("option",),
    "td": ("td", "th"),
    "th": ("td", "th"),
    "tr": ("td", "th", "tr"),
}
# End tags of blocks close these, if they are the last ones that are open (HTML Standard 13.2.6.3).
_IMPLIED: Final = frozenset(("p", "li", "dt", "dd", "td", "th", "tr", "tbody", "thead", "tfoot"))
_CLOSE_OTHERS: Final = frozenset(
    (
        *("blockquote", "center", "dd", "div", "dl", "dt", "li", "ol", "table", "tbody", "td", "tfoot", "th", "thead"),
        *("tr", "ul"),
    )
)
_MOST_IMPLIED: Final = 4
_TABLE_PARTS: Final = frozenset(("table", "tbody", "thead", "tfoot", "tr", "colgroup"))
_OF_TABLES: Final = frozenset((*_TABLE_PARTS, "td", "th", "caption", "col"))
_HIDDEN: Final = frozenset(
    (
        *(
            "script",
            "style",
            "title",
            "template",
            "textarea",
            "xmp",
            "iframe",
            "noembed",
            "noframes",
            "select",
            "svg",
            "math",
        ),
    )
)
# What a tokenizer takes as one token; text is what lies between (HTML Standard 13.2.5).
_TOKEN: Final = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    r"|<(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*)(?P<attributes>(?:[^>=]|=\s*+(?:\"[^\"]*+\"|'[^']*+')?)*+)(?:>|\Z)"
    r"|<[!?/](?!--)[^>]*+(?:>|\Z)",
    re.DOTALL,
)
_QUOTED: Final = re.compile(r"\"[^\"]*+\"|'[^']*+'")
_RUN: Final = re.compile(r"[^<]++")
_REFERENCES: Final = re.compile(rf"(?:[^&]*+&){{{_MOST_REFERENCES}}}[^&]*+(?=&)")
_BETWEEN_ATTRIBUTES: Final = re.compile(r"[\s/]+")
_BREAKING: Final = frozenset(
    (*("p", "div", "tr", "li", "br", "table", "ul", "ol", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr"),)
)


def bounded(html: str) -> str:
    """Return `html`; if it would be expensive to parse, what follows loses its structure and keeps its text.

    The limits hold for the worst that a parser could make of the mail: an element counts as open until the end tag that
    fits the last open one. Takes time in proportion to the length: about 0.05 s for a megabyte with many tags.
    """
    if len(html) < _HARMLESS:
        return html
    cheap = _cheap_structure(html)
    return _RUN.sub(_divided, cheap) if cheap.count("&") > _MOST_REFERENCES else cheap


def _divided(run: re.Match[str]) -> str:
    """A text with very many character references, in several texts."""
    return _REFERENCES.sub(r"\g<0><wbr>", run[0]) if run[0].count("&") > _MOST_REFERENCES else run[0]


def _cheap_structure(html: str) -> str:
    openings = _Openings(len(html))
    for token in _TOKEN.finditer(html):
        if token["name"] is None:
            continue
        if len(token["attributes"]) > 2 * MOST_ATTRIBUTES and _is_costly(token["attributes"]):
            return html[: token.start()] + _flat(html[token.end() :])
        if not openings.take(token["name"].lower(), is_end=bool(token["end"]), length=len(token[0])):
            return html[: token.start()] + _flat(html[token.start() :])
    return html


@dataclass(slots=True)
class _Openings:
    """The elements that are open at a place of a mail of `length` characters."""

    length: int
    names: list[str] = field(default_factory=list)
    formatting: list[int] = field(default_factory=list)
    repeatable: int = 0
    repeated: int = 0
    tables: int = 0
    foreign: int = 0
    options: int = 0
    is_mixed: bool = False
    misplaced: int = 0

    def take(self, name: str, *, is_end: bool, length: int) -> bool:
        """Whether the parser can take one more tag at a low price."""
        if is_end:
            self._end(name)
            return self.misplaced <= _MOST_MISPLACED
        for other in _CLOSED_BY.get(name, ()) if not self.foreign else ():
            if self.names and self.names[-1] == other:
                self._close()
        self.repeated += self.repeatable
        if self.tables:
            self._place(name)
        if name not in _VOID or self.foreign:
            self.names.append(name)
            self.foreign += name in _FOREIGN
            self.tables += name == "table"
            if name in _FORMATTING:
                self.formatting.append(length)
                self.repeatable += length
        is_cheap = self.repeated <= _MOST_REPEATED * self.length + _REPEATED_ANYWAY
        self.options += name == "option"
        is_cheap &= self.misplaced <= _MOST_MISPLACED and self.options <= _MOST_OPTIONS
        return is_cheap and len(self.names) <= MOST_DEPTH

    def _place(self, name: str) -> None:
        """Count what a parser may move in front of a table (HTML Standard 13.2.6.1)."""
        is_part = name in _OF_TABLES and name != "table"
        is_outside_of_cells = self.names[-1] in _TABLE_PARTS
        self.is_mixed |= is_part and not is_outside_of_cells
        if (self.is_mixed or is_outside_of_cells) and (self.repeatable or not is_part):
            self.misplaced += 1

    def _end(self, name: str) -> None:
        closed = self._closed_by_end(name)
        for _ in range(closed):
            self._close()
        if self.tables and not closed:
            self.is_mixed |= name in _OF_TABLES
            # These end tags make an element where there is none to close.
            if name in ("p", "br"):
                self._place(name)

    def _closed_by_end(self, name: str) -> int:
        """How many elements the end tag closes for certain."""
        for count, each in enumerate(reversed(self.names[-_MOST_IMPLIED - 1 :]), start=1):
            if each == name:
                return count
            if each not in _IMPLIED or name not in _CLOSE_OTHERS:
                break
        return 0

    def _close(self) -> None:
        name = self.names.pop()
        if name in _FORMATTING:
            self.repeatable -= self.formatting.pop()
        self.tables -= name == "table"
        self.foreign -= name in _FOREIGN


def _is_costly(attributes: str) -> bool:
    if attributes.count("&") > _MOST_REFERENCES:
        return True
    return len(_BETWEEN_ATTRIBUTES.findall(_QUOTED.sub(" ", attributes))) > MOST_ATTRIBUTES


def _flat(html: str) -> str:
    """The text in one element, with a line feed for each tag that begins a line. Comments and scripts are left out.

    Elements of its own, such as line breaks, would be costly inside an open table.
    """
    kept: list[str] = []
    at, hidden = 0, ""
    for token in _TOKEN.finditer(html):
        if not hidden and at < token.start():
            kept.append(html[at : token.start()])
        at = token.end()
        name = (token["name"] or "").lower()
        if hidden:
            hidden = "" if token["end"] and name == hidden else hidden
        elif not token["end"] and name in _HIDDEN:
            hidden = name
        elif name in _BREAKING and kept and not kept[-1].endswith("\n"):
            kept.append("\n")
    text = "".join((*kept, html[at:] if not hidden else ""))
    return f"<pre>{text.replace('<', '&lt;')}"
