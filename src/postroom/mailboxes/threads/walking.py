"""Goes through the folders of an account for the messages of a thread, by the ids of the mail server."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Final

from postroom.mail.identity.links import threaded_by_server
from postroom.mailboxes.failures import IncompleteAnswer, MissingExtension, ServerRefused, TimedOut
from postroom.mailboxes.own_ids.route import MOST_FOLDERS
from postroom.mailboxes.own_ids.searching import way
from postroom.mailboxes.places import ListedFolder
from postroom.mailboxes.visit import MailVisit, TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.sessions.failures import SessionFailed

__all__ = ["NotAnswered", "Step", "Walk", "walk"]

_SESSIONS: Final = 3
_NO_TIME: Final = "The time allowed was over before the folder was searched"
_TOO_MANY: Final = f"One request searches {MOST_FOLDERS} folders at most"

Step = Callable[[MailVisit, ListedFolder], Awaitable[None]]
"""What is done in each folder. It must not leave half of its work behind when it raises."""


@dataclass(frozen=True, slots=True)
class NotAnswered:
    """A folder whose messages are left out, or a part of them, and why."""

    path: str
    reason: str


@dataclass(slots=True)
class Walk:
    """How far a walk came: the folders that wait, None before they are known, and those that are left out."""

    waiting: deque[ListedFolder] | None = None
    answered: int = 0
    left_out: list[NotAnswered] = field(default_factory=list)

    async def go(self, visit: MailVisit, step: Step, first: Collection[str] = ()) -> None:
        """Take the step in each folder that waits. A folder that refuses is left out.

        Raises SessionFailed, and the last refusal if every folder refused.
        """
        if self.waiting is None:
            folders = await way(visit, first)
            self.waiting = deque(folders[:MOST_FOLDERS])
            self.left_out += [NotAnswered(each.path, _TOO_MANY) for each in folders[MOST_FOLDERS:]]
        refusal: ServerRefused | IncompleteAnswer | None = None
        while self.waiting:
            try:
                await step(visit, self.waiting[0])
                self.answered += 1
            except (ServerRefused, IncompleteAnswer) as error:
                refusal = error
                self.left_out.append(NotAnswered(self.waiting[0].path, error.message))
            self.waiting.popleft()
        if refusal is not None and not self.answered:
            raise refusal

    def leave_out_rest(self, reason: str) -> None:
        """Leave out the folders that wait."""
        self.left_out += [NotAnswered(each.path, reason) for each in self.waiting or ()]
        self.waiting = deque()


async def walk(
    visits: MailVisits, account: str, allowed: TimeAllowed, step: Step, first: Collection[str] = ()
) -> list[NotAnswered]:
    """Take a step in the folders of an account, on one session; return those that did not answer.

    Raises MissingExtension if the server has no ids of its own, and what `MailVisits.session` raises if no folder
    answered.
    """
    begun = Walk()
    for tries_left in range(_SESSIONS - 1, -1, -1):
        try:
            async with visits.session(account, allowed) as visit:
                if not threaded_by_server(visit.capabilities):
                    raise MissingExtension("thread", "OBJECTID")
                await begun.go(visit, step, first)
        except TimedOut:
            if not begun.answered:
                raise
            begun.leave_out_rest(_NO_TIME)
        except SessionFailed as error:
            if not begun.answered and (not tries_left or error.stage != "connection"):
                raise
            if not begun.answered:
                continue
            begun.leave_out_rest(error.message)
        break
    return begun.left_out
