"""AUTHENTICATE (RFC 9051 section 6.2.2) with the SASL mechanisms PLAIN, LOGIN, OAUTHBEARER and XOAUTH2."""

from __future__ import annotations

import binascii
from dataclasses import field
from typing import Literal, TypeAlias

from postroom.footprint.dataclass import dataclass
from postroom.imap.capabilities import NO_CAPABILITIES, capability_set, supports, told_capabilities
from postroom.imap.commands.arguments import Chunks
from postroom.imap.commands.command import ALONE
from postroom.imap.credentials import Credentials
from postroom.imap.errors import LocalProtocolError
from postroom.imap.responses import CapabilityData, Response, StatusResponse
from postroom.imap.sasl_login import LoginDialogue
from postroom.imap.states import NOT_AUTHENTICATED_STATES, SessionTrigger

__all__ = ["Authenticate", "Mechanism", "messages"]

Mechanism: TypeAlias = Literal["PLAIN", "LOGIN", "OAUTHBEARER", "XOAUTH2"]

_CANCEL = b"*\r\n"
_ERROR_ANSWERS: dict[Mechanism, bytes] = {
    # After refusing a token, the server explains in a challenge and waits for a fixed answer: the octet 0x01 for
    # OAUTHBEARER (RFC 7628 section 3.2.3), an empty line for XOAUTH2.
    "OAUTHBEARER": b"AQ==\r\n",
    "XOAUTH2": b"\r\n",
}


@dataclass(slots=True, eq=False)
class Authenticate:
    """Logs in by SASL. The result is the capabilities the server told with its OK, empty when it told none.

    `challenge` is the last challenge that was not empty, decoded. After a refused OAuth2 token it is the server's JSON.
    """

    mechanism: Mechanism
    credentials: Credentials
    challenge: str | None = field(default=None, init=False)
    _to_say: list[bytes] = field(default_factory=list, init=False, repr=False)
    _initial: bytes = field(default=b"", init=False, repr=False)
    _dialogue: LoginDialogue | None = field(default=None, init=False, repr=False)
    _told: frozenset[str] = field(default=NO_CAPABILITIES, init=False)

    name = "AUTHENTICATE"
    states = NOT_AUTHENTICATED_STATES
    claims = ALONE
    trigger = SessionTrigger.LOGGED_IN

    def encode(self, capabilities: frozenset[str], _enabled: frozenset[str]) -> Chunks:
        self._to_say = messages(self.mechanism, self.credentials)
        command = b"AUTHENTICATE " + self.mechanism.encode("ascii")
        if self.mechanism == "LOGIN":
            self._dialogue = LoginDialogue()
        elif supports(capabilities, "SASL-IR"):
            self._initial = self._to_say.pop(0)
            return [command + b" " + self._initial]
        return [command]

    def accept(self, response: Response) -> bool:
        if isinstance(response, CapabilityData):
            self._told = capability_set(response.capabilities)
            return True
        return False

    def continuation(self, text: bytes) -> bytes | None:
        if self._dialogue is not None:
            return self._prompted(self._dialogue, text)
        if self._to_say:
            return self._to_say.pop(0) + b"\r\n"
        if self._initial and not text.strip():
            # Some servers advertise SASL-IR but ignore the initial response, and then ask for it.
            said, self._initial = self._initial, b""
            return said + b"\r\n"
        self._initial = b""
        if text.strip():
            self.challenge = _decoded(text.strip())
        if self.mechanism in _ERROR_ANSWERS:
            return _ERROR_ANSWERS[self.mechanism]
        # Everything is sent. Some servers repeat an empty `+`, which needs no answer. A real challenge is cancelled.
        return _CANCEL if text.strip() else None

    def _prompted(self, dialogue: LoginDialogue, prompt: bytes) -> bytes | None:
        part = dialogue.next(prompt)
        if part is None:
            return _CANCEL if prompt.strip() else None
        return self._to_say[0 if part == "user" else 1] + b"\r\n"

    def result(self, tagged: StatusResponse) -> frozenset[str]:
        return told_capabilities(tagged) or self._told


def messages(mechanism: Mechanism, credentials: Credentials) -> list[bytes]:
    """What the mechanism has to say, in base64; LocalProtocolError when the credentials are of the other kind."""
    user, password, token = credentials.user, credentials.password, credentials.access_token
    acting_as = credentials.authzid or user
    if mechanism == "PLAIN" and password is not None:
        texts = [f"{credentials.authzid}\0{user}\0{password}"]
    elif mechanism == "LOGIN" and password is not None:
        texts = [user, password]
    elif mechanism == "XOAUTH2" and token is not None:
        texts = [f"user={acting_as}\x01auth=Bearer {token}\x01\x01"]
    elif mechanism == "OAUTHBEARER" and token is not None:
        texts = [f"n,a={_saslname(acting_as)},\x01{_place(credentials)}auth=Bearer {token}\x01\x01"]
    else:
        raise LocalProtocolError(f"{mechanism} cannot use this kind of credentials")
    return [binascii.b2a_base64(text.encode("utf-8"), newline=False) for text in texts]


def _place(credentials: Credentials) -> str:
    host = f"host={credentials.host}\x01" if credentials.host else ""
    port = f"port={credentials.port}\x01" if credentials.port else ""
    return host + port


def _saslname(name: str) -> str:
    return name.replace("=", "=3D").replace(",", "=2C")


def _decoded(challenge: bytes) -> str:
    """The challenge for people: decoded when it is base64, as sent when it is not."""
    try:
        octets = binascii.a2b_base64(challenge, strict_mode=True)
    except binascii.Error:
        octets = challenge
    return octets.decode("utf-8", "replace")
