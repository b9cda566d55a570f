"""What opening a connection tells on its way: how far it came and how long each step took. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

__all__ = ["OpeningStep", "Progress", "unwatched"]

OpeningStep = Literal["connect", "tls", "greeting", "capabilities", "starttls", "login"]
"""`connect` includes the name resolution; `tls` is the handshake before the first word, `starttls` the later one."""


Progress: TypeAlias = Callable[[OpeningStep, Mapping[str, Any]], None]
"""Called after each step that went well, with what it told.

`tls` and `starttls`: `version`, `cipher` and the server's `certificate` (DER); `greeting`: `greeting` and, for IMAP,
`capabilities`; `capabilities`: those; `login`: `mechanism`. An error it raises ends the opening.
"""


def unwatched(_step: OpeningStep, _told: Mapping[str, Any]) -> None:
    """Nobody wants to know."""
