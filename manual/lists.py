"""Gives lists the indents that MkDocs wants: four spaces for what is in an item, where GitHub takes two or three."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

_MARKER: Final = re.compile(r"(?:[-*]|\d+\.) +(?=\S)")
_BEGINNING: Final = re.compile(r"[-*] |1\. ")
_INDENT: Final = 4


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Indent the lists of a page."""
    return indented(markdown)


def indented(markdown: str) -> str:
    """Return a page with four spaces for each level of its lists."""
    return "".join(_lines(markdown.splitlines(keepends=True)))


@dataclass(frozen=True, slots=True)
class _Item:
    """An item of a list: where its text begins in the file, and where on the site."""

    begin: int
    becomes: int


def _lines(lines: list[str]) -> Iterator[str]:
    items: list[_Item] = []
    in_fence, block = False, ""
    for line in lines:
        text = line.lstrip(" ")
        if not text.strip():
            yield line
            block = ""
            continue
        at, was_list = len(line) - len(text), bool(items)
        while items and at < items[-1].begin:
            items.pop()
        moved = items[-1].becomes + at - items[-1].begin if items else at
        marker = None if in_fence else _MARKER.match(text)
        block = block or ("item" if marker else "paragraph")
        if marker and block == "paragraph" and (was_list or _BEGINNING.match(text)):
            # Without an empty line before it, MkDocs takes the item for a part of the paragraph above.
            yield "\n"
            block = "item"
        yield " " * moved + text
        if marker:
            items.append(_Item(at + marker.end(), moved + _INDENT))
        in_fence ^= text.startswith("```")
