"""The routes of lists and searches of messages."""

from __future__ import annotations

from typing import Final

from postroom.api.pipeline.route import Route

ROUTES: Final[tuple[Route, ...]] = ()
