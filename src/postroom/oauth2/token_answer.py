"""The answer of a token endpoint (RFC 6749 sections 5.1 and 5.2), parsed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Final, Self

from postroom.footprint.dataclass import dataclass

_DEFAULT_LIFE: Final = 3600
_LONGEST_LIFE: Final = 366 * 86_400


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """The members of an answer. None stands for one that is missing or no text; `life` is in seconds.

    `words` has `error` and `error_description` for people, unchanged.
    """

    access_token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    id_token: str | None = field(default=None, repr=False)
    scope: str | None = None
    life: int = _DEFAULT_LIFE
    error: str | None = None
    words: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, document: Mapping[str, object]) -> Self:
        """Parse a JSON object, whatever is in it."""
        return cls(
            access_token=_text(document.get("access_token")) or None,
            refresh_token=_text(document.get("refresh_token")) or None,
            id_token=_text(document.get("id_token")),
            scope=_text(document.get("scope")),
            life=_life(document.get("expires_in")),
            error=_text(document.get("error")) or None,
            words={key: str(document[key]) for key in ("error", "error_description") if key in document},
        )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _life(told: object) -> int:
    """The seconds that a token lives; some servers send them as text."""
    if not told or not isinstance(told, str | int | float):
        return _DEFAULT_LIFE
    try:
        return min(max(int(told), 1), _LONGEST_LIFE)
    except (ValueError, OverflowError):
        return _DEFAULT_LIFE
