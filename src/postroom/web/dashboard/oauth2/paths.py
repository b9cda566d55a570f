"""The paths of the pages about OAuth2 applications. Pure."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

__all__ = ["APPS", "NEW", "app_path"]

APPS: Final = "/dashboard/oauth2"
NEW: Final = f"{APPS}/new"
"""Below it, each provider has a form. An application may be called `new` all the same: its pages have other names."""


def app_path(app: str, part: str = "") -> str:
    """Return the path of the page of an application, or of a part below it such as `check`."""
    path = f"{APPS}/{quote(app, safe='')}"
    return f"{path}/{part}" if part else path
