"""The documented allow list of safe HTML: elements, attributes, schemes of links, CSS properties and values. Pure."""

from __future__ import annotations

import re
from typing import Final

ELEMENTS: Final = frozenset(
    (
        *("a", "abbr", "address", "article", "aside", "b", "bdi", "bdo", "big", "blockquote", "br", "caption"),
        *("center", "cite", "code", "col", "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em"),
        *("figcaption", "figure", "font", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i"),
        *("img", "ins", "kbd", "li", "main", "mark", "nav", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s", "samp"),
        *("section", "small", "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot"),
        *("th", "thead", "time", "tr", "tt", "u", "ul", "var", "wbr"),
    )
)
"""What is kept. The tags of other elements are left out, and their text stays."""

LEFT_OUT: Final = frozenset(
    (
        *("applet", "audio", "canvas", "embed", "frameset", "iframe", "math", "noembed", "noframes", "object"),
        *("script", "select", "style", "svg", "template", "textarea", "title", "video", "xmp"),
    )
)
"""What is left out together with its text."""

_BOX: Final = frozenset(("align", "valign", "width", "height", "bgcolor"))
ATTRIBUTES: Final = {
    "*": {"dir", "lang", "title", "style"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height", "align", "border", "hspace", "vspace"},
    "table": {*_BOX, "border", "cellpadding", "cellspacing", "background", "summary"},
    "tbody": {"align", "valign"},
    "thead": {"align", "valign"},
    "tfoot": {"align", "valign"},
    "tr": {*_BOX, "background"},
    "td": {*_BOX, "colspan", "rowspan", "nowrap", "background", "scope"},
    "th": {*_BOX, "colspan", "rowspan", "nowrap", "background", "scope"},
    "col": {"span", "width", "align", "valign"},
    "colgroup": {"span", "width", "align", "valign"},
    "font": {"color", "face", "size"},
    "div": {"align"},
    "p": {"align"},
    **{f"h{level}": {"align"} for level in range(1, 7)},
    "hr": {"align", "width", "size", "color", "noshade"},
    "ol": {"start", "type", "reversed"},
    "ul": {"type"},
    "li": {"value", "type"},
    "del": {"datetime"},
    "ins": {"datetime"},
    "time": {"datetime"},
    "details": {"open"},
}
"""Attributes by element; `*` stands for every element. Ids, classes and names are left out: they could clash."""

SCHEMES: Final = frozenset(("http", "https", "mailto", "tel"))
"""Schemes of links. Images have `http`, `https`, or `cid` when the mail itself carries them."""

_SIDES: Final = ("top", "right", "bottom", "left")
PROPERTIES: Final = frozenset(
    (
        *("background", "background-color", "background-image", "background-position", "background-repeat"),
        *(
            "background-size",
            "color",
            "opacity",
            "direction",
            "unicode-bidi",
            "display",
            "visibility",
            "float",
            "clear",
        ),
        *("font", "font-family", "font-size", "font-style", "font-variant", "font-weight", "letter-spacing"),
        *("line-height", "text-align", "text-decoration", "text-decoration-color", "text-decoration-line"),
        *("text-decoration-style", "text-indent", "text-overflow", "text-transform", "vertical-align"),
        *("white-space", "word-break", "word-spacing", "word-wrap", "overflow-wrap", "hyphens", "tab-size"),
        *("width", "height", "min-width", "max-width", "min-height", "max-height", "box-sizing"),
        *("overflow", "overflow-x", "overflow-y", "object-fit", "aspect-ratio"),
        *("margin", "padding", *(f"{box}-{side}" for box in ("margin", "padding") for side in _SIDES)),
        *("border", "border-color", "border-style", "border-width", "border-radius", "border-collapse"),
        *("border-spacing", *(f"border-{side}" for side in _SIDES)),
        *(f"border-{side}-{kind}" for side in _SIDES for kind in ("color", "style", "width")),
        *("border-top-left-radius", "border-top-right-radius"),
        *("border-bottom-left-radius", "border-bottom-right-radius"),
        *("list-style", "list-style-type", "list-style-position", "table-layout", "caption-side", "empty-cells"),
        *("flex", "flex-basis", "flex-direction", "flex-grow", "flex-shrink", "flex-wrap", "gap"),
        *("align-items", "align-self", "justify-content"),
    )
)
"""CSS properties of style attributes. Nothing among them moves an element out of its place."""

_CSS_TEXT: Final = r"[A-Za-z0-9\u00a0-\ud7ff#%.,/*+! \t\r\n-]"
_CSS_CALL: Final = rf"(?:rgb|rgba|hsl|hsla|calc|min|max|clamp)\({_CSS_TEXT}{{0,200}}\)"
_CSS_WORDS: Final = r"\"[^\"\\<>{};()]{0,200}\"|'[^'\\<>{};()]{0,200}'"
# Python before 3.11.5 matches a group that is repeated possessively wrongly, unless its last branch is `(?!)`.
CSS_VALUE: Final = rf"(?:{_CSS_CALL}|{_CSS_WORDS}|{_CSS_TEXT}|(?!))*+"
"""A value of CSS: words, numbers, quoted names, and functions that only compute. A pattern; compiling it costs a
twentieth of a start of Postroom, and `re` keeps it once it is used."""

NEGATIVE: Final = re.compile(r"(?<![\w%.)-])-\s*[\d.]")
"""A negative number, which could move a box over something else."""

MAY_BE_NEGATIVE: Final = frozenset(("letter-spacing", "word-spacing", "background-position", "vertical-align"))
