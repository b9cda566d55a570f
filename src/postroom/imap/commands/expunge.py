"""EXPUNGE and UID EXPUNGE (RFC 9051 sections 6.4.3 and 6.4.9)."""

from __future__ import annotations

from dataclasses import dataclass

from postroom.imap.capabilities import supports
from postroom.imap.commands.arguments import Chunks, uid_argument, words
from postroom.imap.commands.command import Composite, run, silent, takes_nothing
from postroom.imap.commands.search import Search
from postroom.imap.commands.store import Store
from postroom.imap.errors import CommandFailed
from postroom.imap.responses import StatusResponse
from postroom.imap.sets import UidSet
from postroom.imap.states import SELECTED_STATES

__all__ = ["Expunge", "delete_messages"]


@dataclass(slots=True, eq=False)
class Expunge:
    r"""Removes messages marked `\Deleted`: those in `uids` (needs UIDPLUS or IMAP4rev2), or all when it is None.

    The EXPUNGE or VANISHED responses are unsolicited events, as when another client expunges.
    """

    uids: UidSet | None = None

    states = SELECTED_STATES
    claims = frozenset({"EXPUNGE"})
    trigger = None

    @property
    def name(self) -> str:
        return "EXPUNGE" if self.uids is None else "UID EXPUNGE"

    def encode(self, _capabilities: frozenset[str], _enabled: frozenset[str]) -> Chunks:
        return [b"EXPUNGE"] if self.uids is None else [b"UID EXPUNGE " + uid_argument(self.uids)]

    accept = takes_nothing
    continuation = silent

    def result(self, _tagged: StatusResponse) -> None:
        return None


def delete_messages(capabilities: frozenset[str], uids: UidSet) -> Composite[None]:
    r"""Remove exactly these messages for good.

    Without UIDPLUS, a plain EXPUNGE would also remove messages that others marked `\Deleted`. So their marks are taken
    off before the EXPUNGE and put back after it.
    """
    yield from run(Store(uids, "+", ("\\Deleted",), quiet=True))
    if supports(capabilities, "UIDPLUS"):
        yield from run(Expunge(uids))
        return
    marked = yield from run(Search(words(b"DELETED", b"NOT", b"UID", uid_argument(uids))))
    if not marked.uids:
        yield from run(Expunge())
        return
    yield from run(Store(marked.uids, "-", ("\\Deleted",), quiet=True))
    try:
        yield from run(Expunge())
    except CommandFailed as refusal:
        if refusal.status != "BYE":
            yield from run(Store(marked.uids, "+", ("\\Deleted",), quiet=True))
        raise
    yield from run(Store(marked.uids, "+", ("\\Deleted",), quiet=True))
