"""How Postroom identifies itself to mail servers (RFC 2971); some refuse clients that do not. Pure."""

from __future__ import annotations

from typing import Final

from postroom import __version__

__all__ = ["CLIENT_ID"]

CLIENT_ID: Final[dict[str, str | None]] = {"name": "Postroom", "version": __version__, "vendor": "Postroom"}
