"""Says what to install when a command needs the server, and only the client is installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from postroom.errors import Permanent


class ServerNotInstalled(Permanent):
    """A command of the gateway was called where only the client is installed."""

    code = "ServerNotInstalled"


@contextmanager
def server_installed() -> Iterator[None]:
    """Wrap the imports of a server command. Raises ServerNotInstalled when a library of the server is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing == "postroom":
            raise
        raise ServerNotInstalled(
            f"This command needs the server, and its library {missing} is not installed. "
            'Install it with `pip install "postroom[server]"`.'
        ) from error
