"""format=flowed (RFC 3676): joins the lines of a paragraph that the sender's program wrapped. Pure."""

from __future__ import annotations

import re
from typing import Final

_QUOTES: Final = re.compile(r">*")
_SIGNATURE: Final = "-- "


def unflow(text: str, *, delete_space: bool) -> str:
    """Return `text` without its soft line breaks (section 4); lines end in a line feed.

    A quoted line begins with one `>` for each level and a space. `delete_space` is the parameter DelSp: the space
    before a soft break is then not part of the text.
    """
    lines: list[str] = []
    paragraph: list[str] = []
    depth = 0
    for line in text.split("\n"):
        level, content = _read_line(line)
        if paragraph and (level != depth or content == _SIGNATURE):
            lines.append(_written(depth, "".join(paragraph)))
            paragraph = []
        depth = level
        is_flowed = content.endswith(" ") and content != _SIGNATURE
        paragraph.append(content[:-1] if is_flowed and delete_space else content)
        if not is_flowed:
            lines.append(_written(depth, "".join(paragraph)))
            paragraph = []
    if paragraph:
        lines.append(_written(depth, "".join(paragraph)))
    return "\n".join(lines)


def _read_line(line: str) -> tuple[int, str]:
    """The quote depth of a line, and its content without the space stuffed before it (sections 4.4, 4.5)."""
    quotes = _QUOTES.match(line)
    depth = quotes.end() if quotes is not None else 0
    return depth, line[depth:].removeprefix(" ")


def _written(depth: int, content: str) -> str:
    return f"{'>' * depth} {content}" if depth else content
