"""Loads a library without others that it takes when they are there, and that Postroom does not use through it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["without"]


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Make modules look as if they were not installed. Those that are loaded already stay as they are."""
    hidden = [name for name in names if name not in sys.modules]
    # With None in its place, the import of a module fails.
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
