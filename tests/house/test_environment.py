"""House rules: only settings.py reads the environment, and nothing of one machine is in the project."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.modules import PROJECT, Module, dotted, product_modules, sample

SETTINGS = "postroom.settings"
# prometheus-client reads the folder of its counts only from the environment, and pydantic whether it has plugins.
WRITERS = ("postroom.cli.serving.sharing", "postroom.footprint.lean")
TEXT_SUFFIXES = {".py", ".md", ".toml", ".txt", ".html", ".css", ".js", ".sh", ".yml", ".yaml", ".json", ".ini", ".cfg"}
# A home or working folder. The pattern is in pieces so that this file does not match it.
MACHINE_PATH = re.compile(
    "|".join(["/" + "root/", "/" + "work/", "/" + r"home/\w", "/" + r"Users/\w", r"C:\\" + "Users"])
)


def environment_readers(module: Module) -> Iterator[str]:
    imported = {name for name, _ in module.imports()}
    for node in module.nodes:
        if isinstance(node, ast.Attribute) and dotted(node) in {"os.environ", "os.environb", "os.getenv"}:
            yield f"{module.path}:{node.lineno}: reads the environment; {SETTINGS} does that once for all"
    if imported & {"os.environ", "os.getenv"}:
        yield f"{module.path}: imports the environment"


def project_files() -> Iterator[Path]:
    """Every text file of the project that people read or run."""
    for folder in ("src", "tests", "bench", "pictures", "manual", "docs", ".ci"):
        for path in sorted((PROJECT / folder).rglob("*")):
            if path.is_file() and (path.suffix in TEXT_SUFFIXES or folder == ".ci"):
                yield path
    # In a second work tree of git, `.git` is a file that names the first one.
    files = (path for path in PROJECT.glob("*") if path.is_file() and path.name != ".git")
    yield from (path for path in files if path.suffix in {*TEXT_SUFFIXES, ""})


def test_settings_alone_reads_the_environment() -> None:
    allowed = (SETTINGS, *WRITERS)
    modules = [module for module in product_modules() if not any(module.is_in(each) for each in allowed)]
    assert [problem for module in modules for problem in environment_readers(module)] == []


def test_no_file_names_a_place_on_one_machine() -> None:
    found = [
        f"{path.relative_to(PROJECT)}:{number}: {line.strip()}"
        for path in project_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if MACHINE_PATH.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("text", ["import os\nos.environ['X']", "import os\nos.getenv('X')", "from os import environ"])
def test_readers_are_caught(text: str) -> None:
    assert len(list(environment_readers(sample(text)))) == 1


@pytest.mark.parametrize("path", ["/" + "home/ada/x", "/" + "root/.cache", "see /" + "work/x"])
def test_machine_paths_are_caught(path: str) -> None:
    assert MACHINE_PATH.search(path)
    assert not MACHINE_PATH.search("/tmp /var/lib/postroom https://example.test/homework/x docs/work.md")


def test_the_readme_and_this_file_are_looked_at() -> None:
    assert {PROJECT / "README.md", Path(__file__)} <= set(project_files())
