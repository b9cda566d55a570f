"""The options of `serve` that need no command line library: what they mean, and what is left to that library."""

from __future__ import annotations

import inspect

import pytest

from postroom.cli.gateway import commands
from postroom.cli.serving.start import plain_options


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ("serve", {}),
        ("serve --host 0.0.0.0 --port 3000", {"host": "0.0.0.0", "port": "3000"}),
        ("serve --port=0 --workers=2", {"port": "0", "workers": "2"}),
        ("serve --port 1 --port 2", {"port": "2"}),
        (
            "serve --data-dir here --database-url=sqlite:///a=b.db",
            {"data_dir": "here", "database_url": "sqlite:///a=b.db"},
        ),
    ],
)
def test_plain_options_are_read(words: str, options: dict[str, str]) -> None:
    assert plain_options(words.split(" ")) == options


@pytest.mark.parametrize(
    "words",
    [
        "",
        "version",
        "--help",
        "serve --help",
        "serve here",
        "serve --ports 1",
        "serve --port",
        "serve --port=",
        "serve --port x",
        "serve --port -1",
        "serve --port ٣",
        "serve --host --port",
        "serve -- --port 1",
        "serve --port 1 2",
    ],
)
def test_all_else_is_left_to_the_library(words: str) -> None:
    assert plain_options(words.split(" ")) is None


def test_the_options_are_those_of_the_command() -> None:
    names = list(inspect.signature(commands.serve).parameters)
    words = [word for name in names for word in (f"--{name.replace('_', '-')}", "1")]
    assert plain_options(["serve", *words]) == dict.fromkeys(names, "1")
