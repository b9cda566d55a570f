"""UID STORE (RFC 9051 section 6.4.6), with UNCHANGEDSINCE (RFC 7162 section 3.1.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import Literal

from postroom.footprint.dataclass import dataclass
from postroom.imap import encode
from postroom.imap.commands.arguments import Chunks, uid_argument
from postroom.imap.commands.command import silent
from postroom.imap.responses import FetchData, Response, StatusResponse
from postroom.imap.sets import UidSet
from postroom.imap.states import SELECTED_STATES

__all__ = ["Store", "Stored"]


@dataclass(frozen=True, slots=True)
class Stored:
    """The flags that the server told, and the UIDs it did not change because they had been modified (`modified`)."""

    messages: tuple[FetchData, ...]
    modified: UidSet


@dataclass(slots=True, eq=False)
class Store:
    r"""Adds (`+`), removes (`-`) or replaces (``) flags of messages by UID. `\Recent` is skipped: no client may set it.

    `quiet` asks the server not to repeat the new flags. With `unchanged_since` it still tells the mod-sequences.
    """

    uids: UidSet
    how: Literal["+", "-", ""]
    flags: Iterable[str]
    quiet: bool = False
    unchanged_since: int | None = None
    _messages: list[FetchData] = field(default_factory=list, init=False, repr=False)

    name = "UID STORE"
    states = SELECTED_STATES
    claims = frozenset({"FETCH"})
    trigger = None

    def __post_init__(self) -> None:
        self.flags = frozenset(flag for flag in self.flags if flag.lower() != "\\recent")

    def encode(self, _capabilities: frozenset[str], _enabled: frozenset[str]) -> Chunks:
        condition = b""
        if self.unchanged_since is not None:
            condition = b"(UNCHANGEDSINCE %b) " % encode.number(self.unchanged_since)
        item = self.how.encode("ascii") + (b"FLAGS.SILENT " if self.quiet else b"FLAGS ")
        return [b"UID STORE " + uid_argument(self.uids) + b" " + condition + item + encode.flag_list(self.flags)]

    def accept(self, response: Response) -> bool:
        if isinstance(response, FetchData) and response.uid is not None and response.uid in self.uids:
            self._messages.append(response)
            return True
        return False

    continuation = silent

    def result(self, tagged: StatusResponse) -> Stored:
        modified = UidSet()
        if tagged.code is not None and tagged.code.name == "MODIFIED" and tagged.code.arguments:
            (modified,) = tagged.code.arguments
        return Stored(tuple(self._messages), modified)
