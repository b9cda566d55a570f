"""Goes through the folders of an account for the messages of a thread, by the ids of the mail server."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Final

from postroom.mail.identity.links import threaded_by_server
from postroom.mailboxes.failures import MissingExtension, TimedOut
from postroom.mailboxes.folder_by_folder import NO_TIME, FolderByFolder
from postroom.mailboxes.lists.page import NotAnswered
from postroom.mailboxes.own_ids.route import MOST_FOLDERS
from postroom.mailboxes.own_ids.searching import way
from postroom.mailboxes.places import ListedFolder
from postroom.mailboxes.visit import MailVisit, TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.sessions.failures import SessionFailed

__all__ = ["Step", "go", "walk"]

_SESSIONS: Final = 3
_TOO_MANY: Final = f"One request searches {MOST_FOLDERS} folders at most"

Step = Callable[[MailVisit, ListedFolder], Awaitable[None]]
"""What is done in each folder. It must not leave half of its work behind when it raises."""


async def go(begun: FolderByFolder, visit: MailVisit, step: Step, first: Collection[str] = ()) -> None:
    """Take the step in each folder that waits, on one session; `first` are the paths to begin with.

    Raises what `FolderByFolder.go` raises.
    """
    if begun.waiting is None:
        folders = await way(visit, first)
        begun.waiting = deque(folders[:MOST_FOLDERS])
        begun.left_out += [NotAnswered(each.path, _TOO_MANY) for each in folders[MOST_FOLDERS:]]
    await begun.go(partial(step, visit))


async def walk(
    visits: MailVisits, account: str, allowed: TimeAllowed, step: Step, first: Collection[str] = ()
) -> list[NotAnswered]:
    """Take a step in the folders of an account, on one session; return those that did not answer.

    Raises MissingExtension if the server has no ids of its own, and what `MailVisits.session` raises if no folder
    answered.
    """
    begun = FolderByFolder()
    for tries_left in range(_SESSIONS - 1, -1, -1):
        try:
            async with visits.session(account, allowed) as visit:
                if not threaded_by_server(visit.capabilities):
                    raise MissingExtension("thread", "OBJECTID")
                await go(begun, visit, step, first)
        except TimedOut:
            if not begun.answered:
                raise
            begun.leave_out_rest(NO_TIME)
        except SessionFailed as error:
            if not begun.answered and (not tries_left or error.stage != "connection"):
                raise
            if not begun.answered:
                continue
            begun.leave_out_rest(error.message)
        break
    return begun.left_out
