"""Limits of processor time, for code that may run slower than usual."""

from __future__ import annotations

import os

# Coverage counts each line that runs; code that does little per line takes about three times as long.
_SLOWDOWN = 4.0 if "COVERAGE_RUN" in os.environ else 1.0


def processor_seconds(limit: float) -> float:
    """Return the limit for this run of the tests; `limit` holds where nothing is measured."""
    return limit * _SLOWDOWN
