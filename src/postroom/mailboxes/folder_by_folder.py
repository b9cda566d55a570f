"""Goes through folders one after the other, and tells which of them are left out, and why."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import field
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.mailboxes.failures import IncompleteAnswer, ServerRefused
from postroom.mailboxes.lists.page import NotAnswered
from postroom.mailboxes.places import ListedFolder

__all__ = ["NO_TIME", "FolderByFolder"]

NO_TIME: Final = "The time allowed was over before the folder was searched"


@dataclass(slots=True)
class FolderByFolder:
    """How far a request came: the folders that wait, None before they are known, and those that are left out.

    `answered` counts the folders that are done.
    """

    waiting: deque[ListedFolder] | None = None
    answered: int = 0
    left_out: list[NotAnswered] = field(default_factory=list)

    def leave_out(self, path: str, reason: str) -> None:
        """Leave out a folder, or a part of it."""
        self.left_out.append(NotAnswered(path, reason))

    def leave_out_rest(self, reason: str) -> None:
        """Leave out the folders that wait."""
        self.left_out += [NotAnswered(each.path, reason) for each in self.waiting or ()]
        self.waiting = deque()

    async def go(self, step: Callable[[ListedFolder], Awaitable[None]]) -> None:
        """Take the step in each folder that waits. A folder that refuses is left out.

        Raises SessionFailed, and the last refusal if every folder refused.
        """
        refusal: ServerRefused | IncompleteAnswer | None = None
        while self.waiting:
            folder = self.waiting[0]
            try:
                await step(folder)
                self.answered += 1
            except (ServerRefused, IncompleteAnswer) as error:
                refusal = error
                self.leave_out(folder.path, error.message)
            self.waiting.popleft()
        if refusal is not None and not self.answered:
            raise refusal
