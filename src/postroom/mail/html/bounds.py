"""Makes any HTML cheap to parse: what would cost a parser the square of its length is left out. Pure.

A parser of HTML looks through the open elements at each tag, through the attributes of a tag at each of them, and opens
formatting elements again in each block when they were not closed. So a few megabytes of hostile mail cost minutes, or
gigabytes. Mail that people write stays far below the limits, and passes unchanged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

MOST_DEPTH: Final = 400
"""Elements within one another. Browsers stop at 512."""
MOST_ATTRIBUTES: Final = 200
"""Attributes of one tag."""
# Octets of formatting tags that a parser may repeat, for each character of the mail.
_MOST_REPEATED: Final = 4
_REPEATED_ANYWAY: Final = 1_000_000
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
    r"|<(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*)(?P<attributes>(?:[^>=]|=\s*+(?:\"[^\"]*+\"|'[^']*+')?+)*+)(?:>|\Z)"
    r"|<[!?/](?!--)[^>]*+(?:>|\Z)",
    re.DOTALL,
)
_QUOTED: Final = re.compile(r"\"[^\"]*+\"|'[^']*+'")
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
    openings = _Openings(len(html))
    for token in _TOKEN.finditer(html):
        if token["name"] is None:
            continue
        if len(token["attributes"]) > 2 * MOST_ATTRIBUTES and _has_many_attributes(token["attributes"]):
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

    def take(self, name: str, *, is_end: bool, length: int) -> bool:
        """Whether the parser can take one more tag at a low price."""
        if is_end:
            for _ in range(self._closed_by_end(name)):
                self._close()
            return True
        for other in _CLOSED_BY.get(name, ()):
            if self.names and self.names[-1] == other:
                self._close()
        self.repeated += self.repeatable
        if name not in _VOID:
            self.names.append(name)
            if name in _FORMATTING:
                self.formatting.append(length)
                self.repeatable += length
        is_cheap = self.repeated <= _MOST_REPEATED * self.length + _REPEATED_ANYWAY
        return is_cheap and len(self.names) <= MOST_DEPTH

    def _closed_by_end(self, name: str) -> int:
        """How many elements the end tag closes for certain."""
        for count, each in enumerate(reversed(self.names[-_MOST_IMPLIED - 1 :]), start=1):
            if each == name:
                return count
            if each not in _IMPLIED or name not in _CLOSE_OTHERS:
                break
        return 0

    def _close(self) -> None:
        if self.names.pop() in _FORMATTING:
            self.repeatable -= self.formatting.pop()


def _has_many_attributes(attributes: str) -> bool:
    return len(_BETWEEN_ATTRIBUTES.findall(_QUOTED.sub(" ", attributes))) > MOST_ATTRIBUTES


def _flat(html: str) -> str:
    """The text, with a line break for each tag that begins a line. Comments, scripts and styles are left out."""
    kept: list[str] = []
    at, hidden = 0, ""
    for token in _TOKEN.finditer(html):
        if not hidden:
            kept.append(html[at : token.start()])
        at = token.end()
        name = (token["name"] or "").lower()
        if hidden:
            hidden = "" if token["end"] and name == hidden else hidden
        elif not token["end"] and name in _HIDDEN:
            hidden = name
        elif name in _BREAKING:
            kept.append("<br>")
    return "".join((*kept, html[at:] if not hidden else "")).replace("<", "&lt;").replace("&lt;br>", "<br>")
