"""Where only the client is installed, a command of the server says what to install."""

from __future__ import annotations

from pathlib import Path

import pytest

from postroom import __version__
from postroom.cli.gateway.installed import ServerNotInstalled, server_installed
from tests.cli.client_only import run_client_only


def test_a_missing_library_is_named_with_what_to_install() -> None:
    with (
        pytest.raises(ServerNotInstalled, match=r'library sqlalchemy .* `pip install "postroom\[server\]"`'),
        server_installed(),
    ):
        raise ModuleNotFoundError("No module named 'sqlalchemy.ext'", name="sqlalchemy.ext")


def test_a_missing_module_of_ours_is_a_fault_and_no_advice() -> None:
    with pytest.raises(ModuleNotFoundError), server_installed():
        raise ModuleNotFoundError("No module named 'postroom.gone'", name="postroom.gone")


@pytest.mark.parametrize(
    "command",
    [
        "serve",
        "demo --once",
        "migrate",
        "doctor",
        "backup copy",
        "token list",
        "token issue --description x",
        "keys rotate",
    ],
)
def test_every_command_of_the_server_says_so(tmp_path: Path, command: str) -> None:
    done = run_client_only(tmp_path, *command.split())
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("postroom: This command needs the server")
    assert list(tmp_path.iterdir()) == []


def test_the_program_itself_needs_no_library_of_the_server(tmp_path: Path) -> None:
    assert run_client_only(tmp_path, "version").stdout == f"{__version__}\n"
    assert "serve" in run_client_only(tmp_path, "--help").stdout
