"""The group of commands about accounts."""

from __future__ import annotations

from tests.cli.remote.commands import CommandLine


def test_its_help_has_all_of_them(stranger: CommandLine) -> None:
    shown = stranger.call("account", "--help").out
    for command in ("add", "list", "show", "update", "reconnect", "disconnect", "delete", "diagnose", "import"):
        assert f"│ {command} " in shown
