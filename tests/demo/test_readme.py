"""The README's examples, run as printed against `postroom demo`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.postroom_program import Program, running
from tests.house.modules import PROJECT

README = (PROJECT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Program]:
    with running(tmp_path, "demo", "--port", "0") as program:
        program.wait_for("Ctrl-C")
        yield program


def shell(script: str, folder: Path) -> str:
    """Run a block as a person would paste it; `python` is the one of the virtual environment."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_two_commands_come_first() -> None:
    first, *_ = blocks("sh")
    assert re.findall(r"^make \w+", first, re.MULTILINE) == ["make demo", "make test"]
    assert README.index("```sh") < 40


def test_the_examples_run_as_printed(demo: Program, tmp_path: Path) -> None:
    ask, register = (block for block in blocks("sh") if "curl" in block)
    assert '"connected"' in shell(ask, tmp_path)
    assert '"init"' in shell(register, tmp_path)
    (program,) = blocks("python")
    (tmp_path / "example.py").write_text(program)
    said = shell(". data/demo/env\npython example.py", tmp_path)
    assert "demo is connected" in said
    assert "ada@example.com" in said
