"""How several processes share the tests: some wait with the servers, the others compute.

A file that starts gateways, mail servers or browsers waits most of its time. Where all processes come to such files at
once, the processors are idle. So half of the processes, rounded down, begin with these files, and start the servers
once for many of them. The others begin with the rest. Whoever is done helps the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

_SERVED: Final = ("tests/flows/", "tests/live/", "tests/cli/", "tests/pictures/")
_BROWSED: Final = "in_a_browser.py"

Work = Literal["browses", "is served", "computes"]
# Browsers take longest, so they come first among what waits: the end of the run needs short files.
_WAITING: Final[tuple[Work, ...]] = ("browses", "is served", "computes")
_COMPUTING: Final[tuple[Work, ...]] = ("computes", "is served", "browses")


class Sharing(LoadFileScheduling):  # type: ignore[misc]
    """Hands out whole files, like `--dist loadfile`, but not the same kind to everybody."""

    def _assign_work_unit(self, node: WorkerController) -> None:
        """Give a worker the next file that suits it."""
        # xdist counts what a worker has left in all files that it was ever given.
        mine = self.assigned_work.setdefault(node, {})
        for file in [file for file, tests in mine.items() if all(tests.values())]:
            del mine[file]
        waits = self.nodes.index(node) < len(self.nodes) // 2
        self.workqueue.move_to_end(next_file(self.workqueue, waits=waits), last=False)
        super()._assign_work_unit(node)


def next_file(files: Iterable[str], *, waits: bool) -> str:
    """The first of the files that suits a worker which waits or computes; another when none is left that does."""
    order = _WAITING if waits else _COMPUTING
    return min(files, key=lambda file: order.index(_work(file)))


def _work(file: str) -> Work:
    if file.endswith(_BROWSED):
        return "browses"
    return "is served" if file.startswith(_SERVED) else "computes"
