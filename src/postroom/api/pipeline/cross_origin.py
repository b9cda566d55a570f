"""Decides what pages of other origins may do with the API (CORS, Fetch Standard section 3.2). Pure.

A browser lets a page read an answer only when the answer names the page's origin. Tokens travel in a header or in the
query, never in a cookie, so answers never allow credentials.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from postroom.footprint.dataclass import dataclass

__all__ = ["ANY_ORIGIN", "CrossOrigin"]

ANY_ORIGIN: Final = "*"
"""In the list of origins: every page."""

_PREFIX: Final = "/v1/"
_MAX_AGE: Final = "60"
_REQUEST_HEADERS: Final = (
    "Authorization, Content-Type, If-Match, If-None-Match, If-Range, Last-Event-ID, Range, X-EE-Timeout"
)
_ANSWER_HEADERS: Final = (
    "Accept-Ranges, Content-Disposition, Content-Range, ETag, Retry-After, "
    "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset"
)


@dataclass(frozen=True, slots=True)
class CrossOrigin:
    """The origins whose pages may use the API; without any, answers say nothing of it."""

    origins: Sequence[str]

    def on_answer(self, path: str, origin: str | None) -> Mapping[str, str]:
        """Return the headers of an answer to a request for `path` from a page of `origin`."""
        if not self._applies(path):
            return {}
        if not self._allows(origin):
            return {"vary": "Origin"}
        return {**self._named(origin or ""), "access-control-expose-headers": _ANSWER_HEADERS}

    def on_preflight(self, path: str, origin: str | None, methods: Sequence[str]) -> Mapping[str, str]:
        """Return the headers of an answer to OPTIONS, which a browser sends before the request itself."""
        if not self._applies(path):
            return {}
        if not self._allows(origin):
            return {"vary": "Origin"}
        return {
            **self._named(origin or ""),
            "access-control-allow-methods": ", ".join(methods),
            "access-control-allow-headers": _REQUEST_HEADERS,
            "access-control-max-age": _MAX_AGE,
        }

    def _applies(self, path: str) -> bool:
        return bool(self.origins) and path.startswith(_PREFIX)

    def _allows(self, origin: str | None) -> bool:
        return origin is not None and (origin in self.origins or ANY_ORIGIN in self.origins)

    def _named(self, origin: str) -> dict[str, str]:
        return {"access-control-allow-origin": origin, "vary": "Origin"}
