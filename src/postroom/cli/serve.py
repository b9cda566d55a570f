"""`postroom serve`: the gateway until it is told to stop, and what the terminal is shown when it is ready."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import replace
from functools import partial
from pathlib import Path

from postroom.app import Prepared, Running, prepare, run_gateway
from postroom.cli.signals import run_until_stopped
from postroom.cli.workers import run_workers
from postroom.log import configure
from postroom.server import bind
from postroom.settings import Settings


def serve(settings: Settings, figures: Path | None) -> None:
    """Run the gateway until it is told to stop; several workers count in the folder `figures`.

    Raises PostroomError when it cannot start.
    """
    configure(settings.log_level, settings.log_format)
    if settings.workers > 1:
        _serve_with_workers(settings, figures)
        return
    _spare_the_collector()
    run_until_stopped(run_gateway(settings, ready=_welcome))


def _serve_with_workers(settings: Settings, figures: Path | None) -> None:
    """Prepare the database once, then run the workers on one socket. Raises SystemExit."""
    with bind(settings.host, settings.port) as listener:
        made = asyncio.run(prepare(settings))

        def work(is_first: bool) -> None:
            welcome = partial(_welcome_once, made) if is_first else _ignore
            run_until_stopped(run_gateway(settings, ready=welcome, listener=listener, figures=figures))

        _spare_the_collector()
        status = run_workers(settings.workers, work, bound=settings.shutdown_timeout)
    if status:
        raise SystemExit(status)


def _welcome_once(made: Prepared, running: Running) -> None:
    _welcome(replace(running, first_token=made.first_token, key_file_made=made.key_file_made))


def _ignore(_running: Running) -> None:
    """The other workers have nothing to say."""


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
