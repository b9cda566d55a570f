"""`postroom serve`: the gateway until it is told to stop, and what the terminal is shown when it is ready."""

from __future__ import annotations

import gc

from postroom.app import Running, run_gateway
from postroom.cli.signals import run_until_stopped
from postroom.log import configure
from postroom.settings import Settings


def serve(settings: Settings) -> None:
    """Run the gateway until it is told to stop. Raises PostroomError when it cannot start."""
    configure(settings.log_level, settings.log_format)
    _spare_the_collector()
    run_until_stopped(run_gateway(settings, ready=_welcome))


def _spare_the_collector() -> None:
    """Have the garbage collector leave alone what was loaded at the start, and look less often at what comes.

    A gateway holds many thousand objects for as long as its connections live; looking at them took 8 % of its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _welcome(running: Running) -> None:
    if running.key_file_made is not None:
        print(f"A key file was made: {running.key_file_made}. Keep a copy: without it stored passwords are lost.")
    if running.first_token is not None:
        print(f"API token, shown this once: {running.first_token}")
    print(f"Postroom is ready at {running.base_url}", flush=True)
