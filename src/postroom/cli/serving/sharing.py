"""Has several workers count for Prometheus into the files of one folder, so that each can tell the figures of all."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

# The environment variable by which prometheus-client knows that processes share their figures.
_SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def shared_figures(workers: int) -> Iterator[Path | None]:
    """Keep the folder for as long as the workers live, None for one alone.

    It must be entered before prometheus-client is loaded.
    """
    if workers == 1:
        yield None
        return
    assert "prometheus_client" not in sys.modules, "prometheus-client has chosen already where it counts"
    with tempfile.TemporaryDirectory(prefix="postroom-figures-") as folder:
        os.environ[_SHARED] = folder
        try:
            yield Path(folder)
        finally:
            del os.environ[_SHARED]
