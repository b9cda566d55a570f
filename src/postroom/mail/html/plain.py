"""Plain text made of HTML, for people who read it and for search. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from postroom.footprint.dataclass import dataclass
from postroom.mail.html.bounds import bounded
from postroom.mail.html.paper import Paper

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_LEFT_OUT: Final = frozenset(
    (
        *("applet", "audio", "button", "canvas", "datalist", "embed", "frameset", "head", "iframe", "input", "math"),
        *("noembed", "noframes", "object", "script", "select", "style", "svg", "template", "textarea", "title"),
        "video",
    )
)
# Elements on lines of their own, and the empty lines around them.
_BLOCKS: Final = {
    **dict.fromkeys(
        (
            *("address", "article", "aside", "body", "caption", "center", "dd", "details", "dir", "div", "dl", "dt"),
            *("fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "legend", "li", "main"),
            *("menu", "nav", "section", "summary", "table", "tbody", "tfoot", "thead", "tr"),
        ),
        0,
    ),
    **dict.fromkeys(("blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "listing", "ol", "p", "pre", "ul"), 1),
}
_LISTS: Final = frozenset(("ul", "ol", "menu", "dir"))
_HIDDEN: Final = re.compile(
    r"(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|max-height\s*:\s*0(?![.\d]))",
    re.IGNORECASE,
)
_KEEPS_SPACES: Final = re.compile(
    r"(?:^|[;\s])white-space\s*:\s*(?:pre|pre-wrap|break-spaces)\s*(?:;|!|$)", re.IGNORECASE
)
_URL: Final = re.compile(r"(https?://|mailto:|tel:)(\S+)", re.IGNORECASE)
_IGNORED_IN_URLS: Final = re.compile(r"[\t\r\n\x00-\x1f]")
_ENCODED: Final = {" ": "%20", "<": "%3C", ">": "%3E"}
_SPACES: Final = re.compile(r"\s+")
_RULE: Final = "-" * 20
_BULLET: Final = "- "
_BETWEEN_CELLS: Final = "  "


def plain_of_html(html: str) -> str:
    """Return the text of `html` as lines: what a reader would see, without the looks. Never fails.

    Blocks are on lines of their own, quotes begin with `> `, items of lists with `- ` or their number, links end with
    their URL in angle brackets when the text says something else, and images are their `alt` text. What the mail hides
    is left out. Lines end with LF; the last line has no end. Takes time in proportion to the length.
    """
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(bounded(html.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")))
    writer = _Writer(Paper(), [], [])
    if tree.body is not None:
        for node, is_end in _walk(tree.body):
            if is_end:
                writer.leave(node)
            else:
                writer.enter(node)
    return writer.paper.text()


def _walk(top: LexborNode) -> Iterator[tuple[LexborNode, bool]]:
    """Each node that can be seen, before (False) and, for elements, after (True) what is in it."""
    open_nodes: list[LexborNode] = []
    node: LexborNode | None = top
    while node is not None:
        below = None
        if node.is_text_node:
            yield node, False
        elif node.is_element_node and _is_seen(node):
            yield node, False
            below = node.first_child
            if below is None:
                yield node, True
        if below is not None:
            open_nodes.append(node)
            node = below
            continue
        following = node.next if open_nodes else None
        while following is None and open_nodes:
            closed = open_nodes.pop()
            yield closed, True
            following = closed.next if open_nodes else None
        node = following


def _is_seen(node: LexborNode) -> bool:
    if node.tag in _LEFT_OUT:
        return False
    attributes = node.attributes
    return "hidden" not in attributes and not _HIDDEN.search(attributes.get("style") or "")


@dataclass(slots=True)
class _List:
    """A list that is open: the number of its next item, None for bullets."""

    number: int | None


@dataclass(slots=True)
class _Link:
    """A link that is open, and where its text begins."""

    url: str
    start: tuple[int, int]
    has_image: bool = False


@dataclass(slots=True)
class _Writer:
    """Writes elements and texts of one mail on paper."""

    paper: Paper
    lists: list[_List]
    links: list[_Link]

    def enter(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if node.is_text_node:
            self.paper.write(node.text_content or "")
        elif tag == "br":
            self.paper.end_line()
        elif tag == "hr":
            self.paper.own_line(_RULE)
        elif tag == "img":
            self._image(node)
        elif tag in ("td", "th"):
            self.paper.separate(_BETWEEN_CELLS)
        elif tag == "a" and (url := _url_of(node.attributes.get("href") or "")):
            self.links.append(_Link(url, self.paper.place()))
        elif tag in _BLOCKS:
            self._open_block(node, tag)
        if _keeps_spaces(node):
            self.paper.kept_spaces += 1

    def leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if _keeps_spaces(node):
            self.paper.kept_spaces -= 1
        if tag == "a" and _url_of(node.attributes.get("href") or ""):
            self._close_link(self.links.pop())
        elif tag in _BLOCKS:
            self.paper.begin_block(self._gap(tag))
            if tag in _LISTS:
                self.lists.pop()
                self.paper.begin_block(self._gap(tag))
            if tag in ("li", "blockquote", "dd"):
                self.paper.margins.close()

    def _open_block(self, node: LexborNode, tag: str) -> None:
        self.paper.begin_block(self._gap(tag))
        if tag in _LISTS:
            self.lists.append(_List(_number(node.attributes.get("start"), 1) if tag == "ol" else None))
        elif tag == "blockquote":
            self.paper.margins.open("> ", "> ")
        elif tag == "dd":
            self.paper.margins.open("  ", "  ")
        elif tag == "li":
            marker = self._marker(node)
            self.paper.margins.open(marker, " " * len(marker))

    def _gap(self, tag: str) -> int:
        """Lists within lists have no empty lines around them."""
        return 0 if tag in _LISTS and self.lists else _BLOCKS[tag]

    def _marker(self, node: LexborNode) -> str:
        if not self.lists or self.lists[-1].number is None:
            return _BULLET
        number = _number(node.attributes.get("value"), self.lists[-1].number)
        self.lists[-1].number = number + 1
        return f"{number}. "

    def _image(self, node: LexborNode) -> None:
        self.paper.write(_SPACES.sub(" ", node.attributes.get("alt") or ""))
        if self.links:
            self.links[-1].has_image = True

    def _close_link(self, link: _Link) -> None:
        text = self.paper.since(link.start)
        says_something_else = text is None or not _says(text, link.url)
        if says_something_else and (text != "" or link.has_image):
            self.paper.write_word(f"<{link.url}>")


def _keeps_spaces(node: LexborNode) -> bool:
    if node.is_text_node:
        return False
    return node.tag in ("pre", "listing") or _KEEPS_SPACES.search(node.attributes.get("style") or "") is not None


def _url_of(href: str) -> str | None:
    """The URL as people write it: without `mailto:` and `tel:`. None for links within the mail and for scripts."""
    url = _IGNORED_IN_URLS.sub("", href).strip()
    for character, code in _ENCODED.items():
        url = url.replace(character, code)
    found = _URL.fullmatch(url)
    if found is None:
        return None
    return url if found[1].lower().startswith("http") else found[2]


def _says(text: str, url: str) -> bool:
    """Whether the text of a link is its URL. An address may have a subject and more after a question mark."""
    target = url if url.lower().startswith("http") else url.partition("?")[0]
    return len(text) <= len(url) + 20 and _bare(text) == _bare(target)


def _bare(url: str) -> str:
    return re.sub(r"^(?:https?://|mailto:|tel:)?(?:www\.)?", "", url.strip().lower()).rstrip("/")


def _number(text: str | None, default: int) -> int:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else default
