"""Keeps the secrets that somebody typed while their form goes back and forth: sealed, in the page itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import orjson

from postroom.clock import now_ms
from postroom.footprint.dataclass import dataclass
from postroom.storage.sealing.secrets import SecretBox, WrongKey

__all__ = ["KEPT_MS", "KeptSecrets"]

KEPT_MS: Final = 3_600_000
"""So long a page can be sent again with the secrets typed before it was shown."""


@dataclass(frozen=True, slots=True)
class KeptSecrets:
    """Seals what was typed for one session and one form, so that nobody else, and no other form, can use it."""

    box: SecretBox
    clock: Callable[[], int] = now_ms

    def seal(self, session: str, form: str, typed: Mapping[str, str]) -> str:
        """Return what the page carries; empty if there is nothing to keep."""
        if not typed:
            return ""
        kept = {"until": self.clock() + KEPT_MS, "typed": dict(typed)}
        return self.box.seal(orjson.dumps(kept).decode(), _context(session, form))

    def open(self, session: str, form: str, sealed: str) -> Mapping[str, str]:
        """Return what was typed; nothing if the page is too old, or of another session or form."""
        try:
            kept = orjson.loads(self.box.open(sealed, _context(session, form))) if sealed else {}
        except WrongKey:
            return {}
        return kept["typed"] if kept and kept["until"] > self.clock() else {}


def _context(session: str, form: str) -> str:
    return f"typed secrets:{session}:{form}"
