"""LOGIN (RFC 9051 section 6.2.3): user and password in the clear, for servers without SASL PLAIN."""

from __future__ import annotations

from dataclasses import field

from postroom.footprint.dataclass import dataclass
from postroom.imap import encode
from postroom.imap.capabilities import NO_CAPABILITIES, capability_set, told_capabilities
from postroom.imap.commands.arguments import Chunks, words
from postroom.imap.commands.command import ALONE, silent
from postroom.imap.credentials import Credentials
from postroom.imap.errors import LocalProtocolError
from postroom.imap.responses import CapabilityData, Response, StatusResponse
from postroom.imap.states import NOT_AUTHENTICATED_STATES, SessionTrigger

__all__ = ["Login"]


@dataclass(slots=True, eq=False)
class Login:
    """Logs in with a password. The result is the capabilities the server told with its OK, empty when it told none."""

    credentials: Credentials
    _told: frozenset[str] = field(default=NO_CAPABILITIES, init=False)

    name = "LOGIN"
    states = NOT_AUTHENTICATED_STATES
    claims = ALONE
    trigger = SessionTrigger.LOGGED_IN

    def encode(self, _capabilities: frozenset[str], _enabled: frozenset[str]) -> Chunks:
        if self.credentials.password is None:
            raise LocalProtocolError("LOGIN needs a password")
        # Strings, never atoms: special characters in an atom break the login of several servers. Text that cannot be
        # quoted is sent as a literal in UTF-8.
        return words(b"LOGIN", encode.string(self.credentials.user), encode.secret(self.credentials.password))

    def accept(self, response: Response) -> bool:
        if isinstance(response, CapabilityData):
            self._told = capability_set(response.capabilities)
            return True
        return False

    continuation = silent

    def result(self, tagged: StatusResponse) -> frozenset[str]:
        return told_capabilities(tagged) or self._told
