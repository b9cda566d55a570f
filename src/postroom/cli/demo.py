"""`postroom demo`: runs the demonstration, if its libraries are installed."""

from __future__ import annotations

from rich.console import Console

from postroom.cli.serving.signals import run_until_stopped
from postroom.demo.screen import Screen
from postroom.errors import Permanent
from postroom.log import configure


class DemoNotInstalled(Permanent):
    """The sandbox mail server's libraries are missing: install them with `pip install "postroom[server,demo]"`."""

    code = "DemoNotInstalled"


def demo(*, once: bool, port: int) -> None:
    """Run the demonstration. Raises DemoNotInstalled, and the error that stopped the story."""
    configure("warning")
    try:
        from postroom.demo.run import run_demo
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in ("pymap", "proxyprotocol", "pysasl", "aiosmtpd"):
            raise
        raise DemoNotInstalled(DemoNotInstalled.__doc__ or "") from error
    run_until_stopped(run_demo(Screen(Console(highlight=False)), once=once, port=port))
