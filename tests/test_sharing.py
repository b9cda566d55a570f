"""Who of several processes gets which file of the tests."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.house.modules import PROJECT
from tests.sharing import _SERVED, Sharing, next_file

PURE, STORY, BROWSER = "tests/access/test_rates.py", "tests/flows/test_log.py", "tests/flows/test_mail_in_a_browser.py"


@pytest.mark.parametrize(
    ("left", "waits", "expected"),
    [
        ([PURE, STORY, BROWSER], True, BROWSER),
        ([PURE, STORY], True, STORY),
        ([PURE], True, PURE),
        ([BROWSER, STORY, PURE], False, PURE),
        ([BROWSER, STORY], False, STORY),
        ([BROWSER], False, BROWSER),
        ([STORY, "tests/live/test_postgres.py"], True, STORY),
    ],
)
def test_everybody_gets_what_suits_and_then_what_is_left(left: list[str], waits: bool, expected: str) -> None:
    assert next_file(left, waits=waits) == expected


def test_the_folders_are_there() -> None:
    assert [name for name in _SERVED if not (PROJECT / name).is_dir()] == []


class Worker:
    """Notes which tests it is given."""

    shutting_down = False

    def __init__(self, name: str) -> None:
        self.gateway = SimpleNamespace(id=name)
        self.given: list[int] = []

    def send_runtest_some(self, indices: list[int]) -> None:
        self.given += indices

    def shutdown(self) -> None:
        self.shutting_down = True


def test_every_test_is_given_once_and_to_whom_it_suits() -> None:
    files = [PURE, STORY, BROWSER, "tests/words/test_echoes.py", "tests/cli/test_main.py"]
    tests = [f"{file}::test_{number}" for file in files for number in range(5)]
    workers = [Worker("gw0"), Worker("gw1")]
    config: Any = SimpleNamespace(getvalue=lambda _: ["popen"] * 2, option=SimpleNamespace(loadscopereorder=False))
    sharing = Sharing(config)
    for worker in workers:
        sharing.add_node(worker)
        sharing.add_node_collection(worker, tests)
    sharing.schedule()
    for turn in range(len(tests)):
        for worker in workers:
            if turn < len(worker.given):
                sharing.mark_test_complete(worker, worker.given[turn])
    assert sharing.tests_finished
    assert sorted(workers[0].given + workers[1].given) == list(range(len(tests)))
    waiting, computing = ([tests[index].partition("::")[0] for index in worker.given[::5]] for worker in workers)
    assert waiting[:2] == [BROWSER, STORY]
    assert computing[:2] == [PURE, "tests/words/test_echoes.py"]
