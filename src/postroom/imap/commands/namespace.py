"""NAMESPACE (RFC 2342): the prefixes of personal, other users' and shared mailboxes."""

from __future__ import annotations

from dataclasses import field

from postroom.footprint.dataclass import dataclass
from postroom.imap.commands.arguments import Chunks
from postroom.imap.commands.command import silent
from postroom.imap.responses import NamespaceData, Response, StatusResponse
from postroom.imap.states import AUTHENTICATED_STATES

__all__ = ["NamespaceCommand"]


@dataclass(slots=True, eq=False)
class NamespaceCommand:
    """Asks for the namespaces; the result is None when the server said OK without telling any."""

    _data: NamespaceData | None = field(default=None, init=False)

    name = "NAMESPACE"
    states = AUTHENTICATED_STATES
    claims = frozenset({"NAMESPACE"})
    trigger = None

    def encode(self, _capabilities: frozenset[str], _enabled: frozenset[str]) -> Chunks:
        return [b"NAMESPACE"]

    def accept(self, response: Response) -> bool:
        if isinstance(response, NamespaceData):
            self._data = response
            return True
        return False

    continuation = silent

    def result(self, _tagged: StatusResponse) -> NamespaceData | None:
        return self._data
