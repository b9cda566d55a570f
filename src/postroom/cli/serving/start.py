"""Starts the gateway from the options of `postroom serve`, where it can without the command line library.

That library takes more than a MiB of memory, and a gateway runs for months.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from postroom.cli.gateway.installed import server_installed

_OPTIONS: Final = {
    "--host": "host",
    "--port": "port",
    "--database-url": "database_url",
    "--data-dir": "data_dir",
    "--workers": "workers",
}
_NUMBERS: Final = ("port", "workers")


def plain_options(words: Sequence[str]) -> dict[str, str] | None:
    """Return the options of `serve` by name. None means that the command line library has to read the words."""
    if words[:1] != ["serve"]:
        return None
    options: dict[str, str] = {}
    rest = iter(words[1:])
    for word in rest:
        name, joined, value = word.partition("=")
        option, value = _OPTIONS.get(name), value if joined else next(rest, "")
        if option is None or not value or value.startswith("-"):
            return None
        if option in _NUMBERS and not (value.isascii() and value.isdecimal()):
            return None
        options[option] = value
    return options


def start(**options: object) -> None:
    """Run the gateway until SIGTERM or Ctrl-C. An option wins over its setting; None means that it was not given.

    Raises PostroomError when the gateway cannot start.
    """
    with server_installed():
        from postroom.cli.configuration import check_workers, load_settings
        from postroom.cli.serving.sharing import shared_figures

    settings = load_settings(**options)
    check_workers(settings)
    with shared_figures(settings.workers) as figures:
        with server_installed():
            from postroom.cli.serving.serve import serve

        serve(settings, figures)
