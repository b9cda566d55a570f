"""Without Dovecot, Postfix, Chromium or npm their tests are left out and the summary says so; in CI they fail."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
WITHOUT = """
from pathlib import Path

exists = Path.exists
Path.exists = lambda path: {program!r} not in (str(path), path.name) and exists(path)
"""
# The package, the program that tells whether it is there, and a test that needs it.
SUITES = {
    "dovecot": (
        "dovecot-imapd",
        "/usr/sbin/dovecot",
        "tests/live/test_dovecot.py::test_wrong_password_is_refused_without_delay",
    ),
    "postfix": (
        "postfix",
        "/usr/lib/postfix/sbin/master",
        "tests/live/test_postfix.py::test_it_takes_mail_and_delivers_it_to_the_mailbox",
    ),
    # It may be anywhere on the PATH.
    "npm": ("npm", "npm", "tests/flows/test_typescript.py::test_a_generated_client_compiles_and_works"),
    "browser": ("chromium", "/usr/bin/chromium", "tests/flows/test_sign_in.py::test_on_a_phone_in_german"),
}


def run_one_test(folder: Path, suite: str, *, ci: bool) -> subprocess.CompletedProcess[str]:
    """Run one test of a suite in a pytest of its own, which does not see the program it needs."""
    _, program, test = SUITES[suite]
    (folder / "without_it.py").write_text(WITHOUT.format(program=program))
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    environment |= {"PYTHONPATH": str(folder), **({"CI": "true"} if ci else {})}
    arguments = ["-p", "without_it", "-p", "no:cacheprovider", "-q", test]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments], cwd=PROJECT, env=environment, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    ("suite", "ci"), [("dovecot", False), ("dovecot", True), ("postfix", False), ("browser", False), ("npm", False)]
)
def test_missing_package(tmp_path: Path, suite: str, ci: bool) -> None:
    package = SUITES[suite][0]
    result = run_one_test(tmp_path, suite, ci=ci)
    if ci:
        assert result.returncode == pytest.ExitCode.TESTS_FAILED, result.stdout
        assert f"{package} is not installed, and CI leaves no test out" in result.stdout
    else:
        assert result.returncode == pytest.ExitCode.OK, result.stdout
        reason = f"because {package} is missing: apt-get install {package}"
        assert f"LEFT OUT: 1 tests marked '{suite}', {reason}" in result.stdout
