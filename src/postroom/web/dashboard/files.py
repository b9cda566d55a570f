"""The static files of the dashboard: its own, those of the design, and the style sheet joined from its parts."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import Final

from postroom.web.design.assets import FONTS, font, lasting_url, style_sheet

__all__ = ["KINDS", "STATIC", "static_file", "url_of"]

STATIC: Final = "/dashboard/static"
KINDS: Final = {
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
    "txt": "text/plain",
    "woff2": "font/woff2",
}
"""The content type of a file, by the end of its name."""

_HERE: Final = Path(__file__).parent / "static"
_SHEET: Final = "dashboard.css"
_PARTS: Final = (
    "fonts",
    "tokens",
    "elements",
    "frame",
    "components",
    "tables",
    "forms",
    "charts",
    "accounts",
    "overview",
    "mail",
    "reference",
)


@cache
def static_file(name: str) -> bytes:
    """Return a file by its name. Raises FileNotFoundError."""
    if name == _SHEET:
        return style_sheet(_PARTS)
    return font(name) if name in FONTS else (_HERE / name).read_bytes()


url_of: Final = cache(partial(lasting_url, STATIC, read=static_file))
"""Returns the URL of a file by its name."""
