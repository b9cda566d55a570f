"""Without Dovecot its tests are left out and the summary says so; in CI they fail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
LEFT_OUT = "LEFT OUT: 1 tests marked 'dovecot', because dovecot-imapd is missing: apt-get install dovecot-imapd"
WITHOUT_DOVECOT = """
from pathlib import Path

exists = Path.exists
Path.exists = lambda path: str(path) != "/usr/sbin/dovecot" and exists(path)
"""


def run_one_test(folder: Path, *, ci: bool) -> subprocess.CompletedProcess[str]:
    """Run one Dovecot test in a pytest of its own, which sees no Dovecot."""
    (folder / "without_dovecot.py").write_text(WITHOUT_DOVECOT)
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    environment |= {"PYTHONPATH": str(folder), **({"CI": "true"} if ci else {})}
    test = "tests/live/test_dovecot.py::test_wrong_password_is_refused_without_delay"
    arguments = ["-p", "without_dovecot", "-p", "no:cacheprovider", "-q", test]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments], cwd=PROJECT, env=environment, capture_output=True, text=True
    )


@pytest.mark.parametrize("ci", [False, True])
def test_missing_package(tmp_path: Path, ci: bool) -> None:
    result = run_one_test(tmp_path, ci=ci)
    if ci:
        assert result.returncode == pytest.ExitCode.TESTS_FAILED, result.stdout
        assert "dovecot-imapd is not installed, and CI leaves no test out" in result.stdout
    else:
        assert result.returncode == pytest.ExitCode.OK, result.stdout
        assert LEFT_OUT in result.stdout
