"""`postroom serve`: runs the gateway until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

from postroom.app import FirstStart, Running, prepare, run_gateway
from postroom.cli.doctor.secrecy import told_at_the_start
from postroom.cli.serving.service import READY, STOPPING, tell, watched
from postroom.cli.serving.signals import run_until_stopped
from postroom.cli.serving.welcome import welcome
from postroom.cli.serving.workers import run_workers
from postroom.connections.sockets.descriptors import raise_limit
from postroom.log import configure, get_logger
from postroom.server.listening import bind
from postroom.settings import ServiceManager, Settings, service_manager, unknown_settings

log = get_logger("postroom")


def serve(settings: Settings, figures: Path | None) -> None:
    """Run the gateway until it is told to stop. Several workers keep their counters in the folder `figures`.

    Raises PostroomError when it cannot start.
    """
    configure(settings.log_level, settings.log_format)
    # This comes before the workers are forked, because each inherits the limit.
    raise_limit()
    for unknown in unknown_settings():
        log.warning(str(unknown))
    for finding in told_at_the_start(settings):
        log.warning(f"{finding.detail[:1].upper()}{finding.detail[1:]}. {finding.advice}")
    manager = service_manager()
    if settings.workers > 1:
        _serve_with_workers(settings, manager, figures)
        return
    _spare_the_collector()
    gateway = run_gateway(settings, ready=partial(_welcome, settings, manager))
    run_until_stopped(watched(gateway, manager), stopping=partial(tell, manager, STOPPING))


def _serve_with_workers(settings: Settings, manager: ServiceManager | None, figures: Path | None) -> None:
    """Prepare the database once, then run the workers on one socket. Raises SystemExit."""
    with bind(settings.host, settings.port) as listener:
        made = asyncio.run(prepare(settings))

        def work(is_first: bool) -> None:
            ready = partial(_welcome_once, settings, manager, made) if is_first else _ignore
            gateway = run_gateway(settings, ready=ready, listener=listener, figures=figures)
            run_until_stopped(watched(gateway, manager))

        _spare_the_collector()
        status = run_workers(settings.workers, work, bound=settings.shutdown_timeout)
    if status:
        raise SystemExit(status)


def _welcome(settings: Settings, manager: ServiceManager | None, running: Running) -> None:
    welcome(running, settings.data_dir)
    tell(manager, READY)


def _welcome_once(settings: Settings, manager: ServiceManager | None, made: FirstStart, running: Running) -> None:
    _welcome(settings, manager, replace(running, **asdict(made)))


def _ignore(_running: Running) -> None:
    """Print nothing: only the first worker welcomes."""


def _spare_the_collector() -> None:
    """Make the garbage collector skip objects loaded at the start, and run less often.

    A gateway holds many thousand long-lived objects. Scanning them took 8 % of its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
