"""HTML entities in a text: written and undone. Pure.

Python's table of their names takes half a MiB, and many gateways never need it. So it is loaded here, with the first
such text, and nowhere else.
"""

from __future__ import annotations

__all__ = ["escaped", "unescaped"]


def escaped(text: str, *, quote: bool = True) -> str:
    """Return a text as it stands in HTML; with `quote`, also inside attributes."""
    from html import escape

    return escape(text, quote=quote)


def unescaped(text: str) -> str:
    """Return what a text of HTML says, as HTML5 reads entities."""
    from html import unescape

    return unescape(text)
