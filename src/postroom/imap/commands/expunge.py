"""EXPUNGE and UID EXPUNGE (RFC 9051 sections 6.4.3 and 6.4.9)."""

from __future__ import annotations

from typing import Final

from postroom.footprint.dataclass import dataclass
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

_DELETED: Final = ("\\Deleted",)
_MOST_LOOKS: Final = 4
"""Looks for marks of others before an EXPUNGE. A program that marks message after message could go on for ever."""

_LONGEST_SET: Final = 7000
"""Octets of the set of UIDs in one command. Servers need not read lines beyond 8192 octets (RFC 7162 section 4)."""


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
    off before the EXPUNGE and put back after it (RFC 4549 describes this). The server is asked again until it knows of
    no such mark, so that only one set between the last SEARCH and the EXPUNGE goes unnoticed. IMAP has no way to close
    this gap of one round trip.
    """
    yield from run(Store(uids, "+", _DELETED, quiet=True))
    if supports(capabilities, "UIDPLUS"):
        yield from run(Expunge(uids))
        return
    spared: list[UidSet] = []
    try:
        yield from _spare_others(uids, spared)
        yield from run(Expunge())
    except CommandFailed as refusal:
        if refusal.status != "BYE":
            yield from _mark_again(spared)
        raise
    yield from _mark_again(spared)


def _spare_others(uids: UidSet, spared: list[UidSet]) -> Composite[None]:
    r"""Take `\Deleted` off all messages but `uids`, and add those that had it to `spared`."""
    for _ in range(_MOST_LOOKS):
        found = yield from run(Search(words(b"DELETED", b"NOT", b"UID", uid_argument(uids))))
        if not found.uids:
            return
        for some in found.uids.chunks(_LONGEST_SET):
            spared.append(some)
            yield from run(Store(some, "-", _DELETED, quiet=True))


def _mark_again(spared: list[UidSet]) -> Composite[None]:
    r"""Put `\Deleted` back. A refusal is no failure, because a message without its mark is not lost."""
    try:
        for some in spared:
            yield from run(Store(some, "+", _DELETED, quiet=True))
    except CommandFailed as refusal:
        if refusal.status == "BYE":
            raise
