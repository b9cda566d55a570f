"""Lines of the timeline that tell of changed settings and not of a state. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CHANGES: Final = "changes"
"""The member of a line's detail that holds the settings that lead elsewhere than before."""


def is_note(detail: Mapping[str, object] | None) -> bool:
    """Say whether a line of the timeline tells of settings, and not of a change of the state."""
    return detail is not None and CHANGES in detail
