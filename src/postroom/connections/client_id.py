"""What Postroom tells a mail server of itself (RFC 2971); some refuse a program that says nothing. Pure."""

from __future__ import annotations

from typing import Final

from postroom import __version__

__all__ = ["CLIENT_ID"]

CLIENT_ID: Final[dict[str, str | None]] = {"name": "Postroom", "version": __version__, "vendor": "Postroom"}
