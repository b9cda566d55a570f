"""The routes of folders."""

from __future__ import annotations

from typing import Final

from postroom.api.pipeline.route import Route

ROUTES: Final[tuple[Route, ...]] = ()
