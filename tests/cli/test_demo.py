"""`postroom demo` where the sandbox's libraries are not installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("missing", ["pymap", "aiosmtpd"])
def test_it_says_what_to_install(tmp_path: Path, missing: str) -> None:
    script = (
        f"import sys; sys.modules[{missing!r}] = None; sys.argv = ['postroom', 'demo'];"
        "from postroom.cli.main import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "postroom[server,demo]" in done.stderr
    assert len(done.stderr.splitlines()) == 1
