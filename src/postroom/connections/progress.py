"""Reports the steps of opening a connection to a caller who wants to follow them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

__all__ = ["OpeningStep", "Progress", "unwatched"]

OpeningStep = Literal["connect", "tls", "greeting", "capabilities", "starttls", "login"]
"""`connect` includes the name resolution. `tls` is implicit TLS; `starttls` is TLS after the greeting."""


Progress: TypeAlias = Callable[[OpeningStep, Mapping[str, Any]], None]
"""Called after each successful step with its results.

`tls` and `starttls`: `version`, `cipher` and the server's `certificate` (DER). `greeting`: `greeting` and, for IMAP,
`capabilities`. `capabilities`: `capabilities`. `login`: `mechanism`. If the callback raises, the opening ends.
"""


def unwatched(_step: OpeningStep, _told: Mapping[str, Any]) -> None:
    """Ignores the report."""
