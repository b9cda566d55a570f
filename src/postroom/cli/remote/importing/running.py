"""Runs an import: several registrations at a time, each result written as it comes, until all are done or it stops."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from postroom.cli.remote.importing.results import ImportOutcome
from postroom.cli.remote.importing.rows import ImportRow

__all__ = ["registered"]


def registered(
    rows: Iterable[ImportRow], register: Callable[[ImportRow], ImportOutcome], at_once: int
) -> Iterator[ImportOutcome]:
    """Yield what became of each account, in the order in which they end.

    When a registration raises, or the caller stops, no further one begins, and the outcomes of those under way are
    yielded before the error is raised.
    """
    waiting = iter(rows)
    running: set[Future[ImportOutcome]] = set()
    stopped: BaseException | None = None
    with ThreadPoolExecutor(at_once, thread_name_prefix="import") as threads:
        while True:
            while stopped is None and len(running) < at_once and (row := next(waiting, None)) is not None:
                running.add(threads.submit(register, row))
            if not running:
                break
            try:
                ended, running = wait(running, return_when=FIRST_COMPLETED)
            except KeyboardInterrupt as interrupted:
                stopped = interrupted
                continue
            for each in ended:
                error = each.exception()
                if error is None:
                    yield each.result()
                else:
                    stopped = stopped or error
    if stopped is not None:
        raise stopped
