"""The folder of several workers' figures: there before anything counts, gone afterwards."""

from __future__ import annotations

import subprocess
import sys

from postroom.cli.serving.sharing import shared_figures

SEVERAL = """
import os, sys
from pathlib import Path
from postroom.cli.serving.sharing import shared_figures

with shared_figures(2) as folder:
    from postroom.figures import Figures
    Figures(folder).count_sign_in("success")
    assert list(folder.glob("counter_*.db")), "it counts there"
    assert folder.stat().st_mode & 0o077 == 0
assert not folder.exists()
assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ
"""
TOO_LATE = """
import postroom.figures
from postroom.cli.serving.sharing import shared_figures

with shared_figures(2):
    pass
"""


def test_one_process_needs_no_folder() -> None:
    with shared_figures(1) as folder:
        assert folder is None


def test_several_share_one() -> None:
    subprocess.run([sys.executable, "-c", SEVERAL], check=True, timeout=60)


def test_it_must_come_first() -> None:
    done = subprocess.run([sys.executable, "-c", TOO_LATE], check=False, timeout=60, capture_output=True, text=True)
    assert "chosen already where it counts" in done.stderr
