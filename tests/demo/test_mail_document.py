"""The examples of docs/mail.md, run as printed, with what `postroom demo` leaves."""

from __future__ import annotations

import re
from pathlib import Path

from tests.demo.test_readme import demo, shell
from tests.house.modules import PROJECT

__all__ = ["demo"]

DOCUMENT = (PROJECT / "docs/mail.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)


def test_the_examples_run_as_printed(demo: None, tmp_path: Path) -> None:
    first, *others = blocks("sh")
    said = shell(first, tmp_path)
    assert '"INBOX"' in said
    assert "Hello from the sandbox" in said
    for each in others:
        shell(f"{first}\n{each}", tmp_path)
    (program,) = blocks("python")
    (tmp_path / "example.py").write_text(program)
    said = shell(". data/demo/env\npython example.py", tmp_path)
    assert "Hello from the sandbox from ada@example.test" in said
    assert "moved to Done" in said
