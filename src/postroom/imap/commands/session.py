"""CAPABILITY, NOOP, LOGOUT, STARTTLS (RFC 9051 sections 6.1 and 6.2.1)."""

from __future__ import annotations

from dataclasses import field

from postroom.footprint.dataclass import dataclass
from postroom.imap.capabilities import NO_CAPABILITIES, capability_set, told_capabilities
from postroom.imap.commands.arguments import Chunks
from postroom.imap.commands.command import ALONE, silent, takes_nothing
from postroom.imap.responses import CapabilityData, Response, StatusResponse
from postroom.imap.states import ANY_STATE, NOT_AUTHENTICATED_STATES, SessionTrigger

__all__ = ["Capability", "Logout", "Noop", "StartTlsCommand"]


@dataclass(slots=True, eq=False)
class Capability:
    """Asks for the server's capabilities; the result is the set of names in upper case."""

    name = "CAPABILITY"
    states = ANY_STATE
    claims = frozenset({"CAPABILITY"})
    trigger = None
    _told: frozenset[str] = field(default=NO_CAPABILITIES, init=False)

    def encode(self, _capabilities: frozenset[str], _enabled: frozenset[str]) -> Chunks:
        return [b"CAPABILITY"]

    def accept(self, response: Response) -> bool:
        if isinstance(response, CapabilityData):
            self._told = capability_set(response.capabilities)
            return True
        return False

    continuation = silent

    def result(self, tagged: StatusResponse) -> frozenset[str]:
        return self._told or told_capabilities(tagged)


@dataclass(slots=True, eq=False)
class Noop:
    """Does nothing, but lets the server send news and proves that the connection is alive."""

    name = "NOOP"
    states = ANY_STATE
    claims = frozenset[str]()
    trigger = None

    def encode(self, _capabilities: frozenset[str], _enabled: frozenset[str]) -> Chunks:
        return [b"NOOP"]

    accept = takes_nothing
    continuation = silent

    def result(self, _tagged: StatusResponse) -> None:
        return None


@dataclass(slots=True, eq=False)
class Logout:
    """Ends the session; the server says BYE, then OK, then closes."""

    name = "LOGOUT"
    states = ANY_STATE
    claims = ALONE
    trigger = SessionTrigger.ENDED

    def encode(self, _capabilities: frozenset[str], _enabled: frozenset[str]) -> Chunks:
        return [b"LOGOUT"]

    accept = takes_nothing
    continuation = silent

    def result(self, _tagged: StatusResponse) -> None:
        return None


@dataclass(slots=True, eq=False)
class StartTlsCommand:
    """Asks for TLS. After the OK, the connection accepts nothing until `tls_started` is called."""

    name = "STARTTLS"
    states = NOT_AUTHENTICATED_STATES
    claims = ALONE
    trigger = SessionTrigger.SECURING

    def encode(self, _capabilities: frozenset[str], _enabled: frozenset[str]) -> Chunks:
        return [b"STARTTLS"]

    accept = takes_nothing
    continuation = silent

    def result(self, _tagged: StatusResponse) -> None:
        return None
