"""A request that goes through folders: what is left out, and when that is an error."""

from __future__ import annotations

from collections import deque

import pytest

from postroom.mailboxes.failures import ServerRefused
from postroom.mailboxes.folder_by_folder import FolderByFolder
from postroom.mailboxes.places import ListedFolder
from postroom.words.strangers import NO_WORDS


class Steps:
    """Takes down the folders, and is refused in some."""

    def __init__(self, *refusing: str) -> None:
        self.refusing = refusing
        self.taken: list[str] = []

    async def __call__(self, folder: ListedFolder) -> None:
        self.taken.append(folder.path)
        if folder.path in self.refusing:
            raise ServerRefused(f"{folder.path} is closed", "ServerRefused", NO_WORDS, "NO", "EXAMINE")


def waiting(*paths: str) -> FolderByFolder:
    return FolderByFolder(deque(ListedFolder(path, path.encode(), None) for path in paths))


async def test_a_folder_that_refuses_is_left_out_and_the_others_go_on() -> None:
    way, steps = waiting("A", "B", "C"), Steps("B")
    await way.go(steps)
    assert steps.taken == ["A", "B", "C"]
    assert (way.answered, way.left_out) == (2, [("B", "B is closed")])
    assert not way.waiting


async def test_if_every_folder_refuses_the_last_refusal_is_the_answer() -> None:
    way = waiting("A", "B")
    with pytest.raises(ServerRefused, match="B is closed"):
        await way.go(Steps("A", "B"))


async def test_a_refusal_is_no_error_after_folders_that_answered_before() -> None:
    way = waiting("A")
    way.answered = 1
    await way.go(Steps("A"))
    assert [each.path for each in way.left_out] == ["A"]


async def test_a_folder_whose_step_fails_otherwise_waits_on() -> None:
    way = waiting("A", "B")

    async def fail(folder: ListedFolder) -> None:
        raise ConnectionError(folder.path)

    with pytest.raises(ConnectionError):
        await way.go(fail)
    assert [each.path for each in way.waiting or ()] == ["A", "B"]
    way.leave_out_rest("no time")
    assert way.left_out == [("A", "no time"), ("B", "no time")]
    await way.go(fail)
