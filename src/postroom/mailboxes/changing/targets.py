"""Finds the folder that messages are moved to."""

from __future__ import annotations

from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.imap.commands.arguments import MailboxName
from postroom.imap.names import encode_mailbox, normalise_inbox
from postroom.mailboxes.failures import ServerRefused
from postroom.mailboxes.places import find_listed, find_role, is_role
from postroom.mailboxes.visit import MailVisit
from postroom.mailboxes.visiting import MailVisits

__all__ = ["MoveTarget", "find_target", "is_missing", "look_again"]

_MISSING: Final = frozenset({"TRYCREATE", "NONEXISTENT", "CANNOT", "ServerRefused"})
"""Codes of a refusal that may mean that the folder is not there; the last one is that of a refusal without a code.

CANNOT is how Dovecot refuses a name that no folder can have.
"""

_TO_TARGET: Final = frozenset({"UID MOVE", "UID COPY"})


@dataclass(frozen=True, slots=True)
class MoveTarget:
    r"""A folder by its path, its name for commands, and how the caller `asked` for it: by path or role (`\Trash`)."""

    asked: str
    path: str
    name: MailboxName


async def find_target(visits: MailVisits, visit: MailVisit, asked: str) -> MoveTarget:
    """Return the folder with a path or a role. Raises FolderNotFound for a role that no folder has.

    Whether a folder is at the path shows when the server is told to move something there.
    """
    row = await visits.stored(visit, asked)
    if row is not None:
        return MoveTarget(asked, row.path, row.path)
    if is_role(asked):
        found = await find_role(visit, asked)
        return MoveTarget(asked, found.path, found.raw_name)
    path = normalise_inbox(asked)
    return MoveTarget(asked, path, path)


def is_missing(refusal: ServerRefused) -> bool:
    """Whether a refused MOVE or COPY may mean that the target is not there."""
    return refusal.command in _TO_TARGET and refusal.status == "NO" and refusal.code in _MISSING


async def look_again(visit: MailVisit, target: MoveTarget) -> MoveTarget | None:
    """Return the target as the server lists it now, None when it was asked for by just that name.

    Raises FolderNotFound when the server does not list it.
    """
    found = await (find_role if is_role(target.asked) else find_listed)(visit, target.asked)
    name = target.name if isinstance(target.name, bytes) else encode_mailbox(target.name)
    return None if found.raw_name == name else MoveTarget(target.asked, found.path, found.raw_name)
