"""Node.js with npm, which tests that generate a TypeScript client need."""

from __future__ import annotations

import os
from pathlib import Path


def npm_is_installed() -> bool:
    """Say whether npm is there, from Debian or elsewhere."""
    return any(Path(folder, "npm").exists() for folder in os.get_exec_path())
