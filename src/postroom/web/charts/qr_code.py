"""Draws a text as a QR code, always dark on light, because many cameras read no other. Pure."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

from postroom.web.charts.svg import element, number

__all__ = ["qr_code"]

_QUIET: Final = 4
"""The margin in modules that readers need (ISO/IEC 18004)."""


def qr_code(text: str, *, title: str) -> Markup:
    """Return the code as a drawing. `title` says in words what it is."""
    # Imported here because few pages show a code.
    import segno

    rows = list(segno.make(text, error="m", micro=False).matrix)
    width = len(rows) + 2 * _QUIET
    runs = "".join(_run(x, y, length) for y, row in enumerate(rows) for x, length in _dark(row))
    return element(
        "svg",
        element("title", title),
        element("rect", width=width, height=width, fill="#fff"),
        element("path", d=runs, fill="#000"),
        class_="qr",
        role="img",
        viewBox=f"0 0 {number(width)} {number(width)}",
        **{"shape-rendering": "crispEdges"},
    )


def _dark(row: bytearray) -> list[tuple[int, int]]:
    """Return where dark modules begin in a row, and how many follow one another."""
    found: list[tuple[int, int]] = []
    for x, module in enumerate(row):
        if module and found and sum(found[-1]) == x:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        elif module:
            found.append((x, 1))
    return found


def _run(x: int, y: int, length: int) -> str:
    return f"M{x + _QUIET} {y + _QUIET}h{length}v1h-{length}z"
