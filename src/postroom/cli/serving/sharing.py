"""Makes several workers keep their Prometheus counters in one folder, so that each can report all of them."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

# The environment variable that makes prometheus-client share counters between processes.
_SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def shared_figures(workers: int) -> Iterator[Path | None]:
    """Keep the folder of the shared counters while the workers live; yield None for a single worker.

    Enter it before prometheus-client is imported.
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
