"""The files of the design: style sheets joined from their parts, fonts, and URLs that change with a file's content."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from postroom.http.paths import lasting_path

__all__ = ["FONTS", "TEMPLATES", "font", "lasting_url", "style_sheet"]

_HERE: Final = Path(__file__).parent
TEMPLATES: Final = _HERE / "templates"
"""The folder of the macros."""

FONTS: Final = ("inter-latin.woff2", "inter-latin-ext.woff2")
"""The typeface Inter, in two files; browsers load the second one only for a page that has its letters."""


def style_sheet(parts: Sequence[str]) -> bytes:
    """Return parts of the design as one style sheet, in this order; `tokens` must come first."""
    return b"\n".join((_HERE / "styles" / f"{part}.css").read_bytes() for part in parts)


@cache
def font(name: str) -> bytes:
    """Return the file of a font."""
    return (_HERE / "fonts" / name).read_bytes()


def lasting_url(folder: str, name: str, read: Callable[[str], bytes]) -> str:
    """Return the URL of a file that caches may keep for ever, because it changes with what `read` returns."""
    return lasting_path(f"{folder}/{name}", read(name))
