"""The README's examples, run as printed, with the account and the file with the token that `postroom demo` makes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from postroom.demo.farewell import ENVIRONMENT_FILE, environment_file
from postroom.demo.story import ACCOUNT, SUBJECT
from postroom.testing.local import LocalPostroom
from tests.house.modules import PROJECT

README = (PROJECT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


@pytest.fixture
def demo(postroom: LocalPostroom, tmp_path: Path) -> Iterator[None]:
    """What the demonstration leaves for a second terminal; tests/demo/test_run.py shows that it does."""
    account = postroom.account(ACCOUNT)
    postroom.deliver(account, subject=SUBJECT)
    postroom.wait_for_event("messageNew", account)
    with environment_file(postroom.url, postroom.token, tmp_path / ENVIRONMENT_FILE):
        yield


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


def test_the_first_screen_has_the_two_commands_the_picture_and_the_reasons() -> None:
    first, *_ = blocks("sh")
    assert re.findall(r"^make \w+", first, re.MULTILINE) == ["make demo", "make test"]
    places = [
        README.index(each) for each in ("A self-hosted gateway", "```sh", "<picture>", "## Why this", "## Try it")
    ]
    assert places == sorted(places)
    assert places[1] < 500
    assert README[: places[-1]].count("\n") < 60


def test_every_reason_says_where_it_comes_from() -> None:
    rows = re.findall(r"^\| (?!From)[^|]+ \| [^|]+ \| [^|]+ \| ([^|]+) \|$", README, re.MULTILINE)
    assert len(rows) >= 10
    assert [row for row in rows if not row.startswith(("[", "From"))] == []


def test_measured_reasons_are_the_figures_of_the_document() -> None:
    document = (PROJECT / "docs" / "performance.md").read_text(encoding="utf-8").partition("## Beside")[2]
    figures = [
        figure
        for row in re.findall(r"^\|.*\[measured\].*$", README, re.MULTILINE)
        for figure in [cell.strip() for cell in row.split("|")][2:4]
    ]
    assert len(figures) == 12
    assert [figure for figure in figures if f"| {figure} |" not in document.partition("\n## ")[0]] == []


@pytest.mark.usefixtures("demo")
def test_the_examples_run_as_printed(tmp_path: Path) -> None:
    ask, register = (block for block in blocks("sh") if "curl" in block)
    assert '"connected"' in shell(ask, tmp_path)
    assert '"init"' in shell(register, tmp_path)
    (program,) = blocks("python")
    (tmp_path / "example.py").write_text(program)
    said = shell(". data/demo/env\npython example.py", tmp_path)
    assert "demo is connected" in said
    assert "ada@example.com" in said
