"""The commands of the program: all of them, and those beside `serve`."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer.main

from postroom.cli.program import program
from tests.cli.postroom_program import call


def names(*, serves: bool) -> set[str]:
    found: set[str] = set(typer.main.get_command(program(serves=serves)).commands)  # type: ignore[attr-defined]
    return found


def test_serve_is_built_without_the_commands_that_call_a_gateway() -> None:
    left_out = names(serves=False) - names(serves=True)
    assert left_out == {"account", "events", "import-emailengine", "mail", "outbox", "profile", "send", "webhooks"}
    assert "serve" in names(serves=True)


@pytest.mark.parametrize("asked", ["serve", "send", "token"])
def test_each_command_tells_its_options(tmp_path: Path, asked: str) -> None:
    assert f"postroom {asked}" in call(tmp_path, asked, "--help").stdout
