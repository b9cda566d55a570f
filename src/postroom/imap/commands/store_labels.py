"""UID STORE of Gmail's labels (X-GM-LABELS of X-GM-EXT-1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import Literal

from postroom.footprint.dataclass import dataclass
from postroom.imap import encode
from postroom.imap.commands.arguments import Chunks, group, mailbox_argument, uid_argument, words
from postroom.imap.commands.command import silent
from postroom.imap.encode import Argument
from postroom.imap.responses import FetchData, Response, StatusResponse
from postroom.imap.sets import UidSet
from postroom.imap.states import SELECTED_STATES

__all__ = ["StoreLabels"]


@dataclass(slots=True, eq=False)
class StoreLabels:
    r"""Adds (`+`), removes (`-`) or replaces (``) labels of messages by UID; the result is what the server told.

    Gmail's own labels begin with a backslash (`\Important`) and are written as flags are. Others are names of folders.
    """

    uids: UidSet
    how: Literal["+", "-", ""]
    labels: Iterable[str]
    _messages: list[FetchData] = field(default_factory=list, init=False, repr=False)

    name = "UID STORE"
    states = SELECTED_STATES
    claims = frozenset({"FETCH"})
    trigger = None

    def encode(self, _capabilities: frozenset[str], enabled: frozenset[str]) -> Chunks:
        labels = [_label(each, enabled) for each in sorted(set(self.labels))]
        return words(b"UID STORE", uid_argument(self.uids), self.how.encode("ascii") + b"X-GM-LABELS", group(labels))

    def accept(self, response: Response) -> bool:
        if isinstance(response, FetchData) and response.uid is not None and response.uid in self.uids:
            self._messages.append(response)
            return True
        return False

    continuation = silent

    def result(self, _tagged: StatusResponse) -> tuple[FetchData, ...]:
        return tuple(self._messages)


def _label(label: str, enabled: frozenset[str]) -> Argument:
    return encode.flag(label) if label.startswith("\\") else mailbox_argument(label, enabled)
