"""Lines of the timeline that report changed settings instead of a state. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CHANGES: Final = "changes"
"""The member of a line's detail that holds the settings which lead elsewhere."""


def is_note(detail: Mapping[str, object] | None) -> bool:
    """Return whether a line of the timeline reports changed settings instead of a state."""
    return detail is not None and CHANGES in detail
