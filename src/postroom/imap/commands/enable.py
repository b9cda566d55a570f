"""ENABLE (RFC 5161): switches on extensions that change what the server sends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from postroom.footprint.dataclass import dataclass
from postroom.imap import encode
from postroom.imap.commands.arguments import Chunks, words
from postroom.imap.commands.command import ALONE, silent
from postroom.imap.responses import EnabledData, Response, StatusResponse
from postroom.imap.states import SessionState

__all__ = ["Enable"]


@dataclass(slots=True, eq=False)
class Enable:
    """Enables extensions. The result is the set that the server says it enabled; it may be empty despite the OK."""

    extensions: Iterable[str]
    _enabled: frozenset[str] = field(default=frozenset(), init=False)

    name = "ENABLE"
    # RFC 5161 section 3.1 allows it only while no mailbox is selected.
    states = frozenset({SessionState.AUTHENTICATED})
    claims = ALONE
    trigger = None

    def __post_init__(self) -> None:
        self.extensions = tuple(self.extensions)

    def encode(self, _capabilities: frozenset[str], _enabled: frozenset[str]) -> Chunks:
        return words(b"ENABLE", *(encode.atom(name) for name in self.extensions))

    def accept(self, response: Response) -> bool:
        if isinstance(response, EnabledData):
            self._enabled |= response.extensions
            return True
        return False

    continuation = silent

    def result(self, _tagged: StatusResponse) -> frozenset[str]:
        return self._enabled
