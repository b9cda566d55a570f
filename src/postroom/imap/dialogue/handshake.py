"""Opens a session in one flow, from the greeting to a server that is ready for SELECT. Pure.

`handshake(plan)` is a generator of steps. The driver carries out each step and sends back the outcome:

    WaitGreeting    send the first event of the connection: GreetingReceived, ByeReceived or ConnectionClosed
    Run(command)    run the command; send its result, or throw its CommandFailed
    StartTls        upgrade the socket to TLS, call `connection.tls_started()`, send None

It returns a `SessionInfo`, or raises `HandshakeFailed`. A driver that loses the socket throws nothing itself: the
connection fails the command in flight, and this flow decides what that means.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import field
from enum import StrEnum
from typing import Any, Literal, TypeAlias, TypeVar, cast

from postroom.footprint.dataclass import dataclass
from postroom.imap.capabilities import NO_CAPABILITIES, capability_set, supports
from postroom.imap.commands.authenticate import Authenticate
from postroom.imap.commands.command import Command
from postroom.imap.commands.enable import Enable
from postroom.imap.commands.identify import Id
from postroom.imap.commands.list import List
from postroom.imap.commands.login import Login
from postroom.imap.commands.namespace import NamespaceCommand
from postroom.imap.commands.session import Capability, StartTlsCommand
from postroom.imap.credentials import Credentials
from postroom.imap.dialogue.events import ByeReceived, ConnectionClosed, GreetingReceived
from postroom.imap.errors import CommandFailed, ImapError
from postroom.imap.responses import Status, StatusResponse
from postroom.words.strangers import NO_SECRETS, Secrets, take_in

__all__ = [
    "HandshakeFailed",
    "LoginPlan",
    "Phase",
    "Reason",
    "Run",
    "SessionInfo",
    "StartTls",
    "Step",
    "WaitGreeting",
    "handshake",
]

T = TypeVar("T")

Phase: TypeAlias = Literal["greeting", "starttls", "tls", "login", "setup"]


class Reason(StrEnum):
    """Why a session could not be opened, in words for people."""

    SERVER_LEFT = "the server closed the connection"
    PREAUTH_WITHOUT_TLS = "the server logged us in before the connection could be protected by TLS"
    TLS_NOT_OFFERED = "the server does not offer STARTTLS, and a connection without TLS is not allowed"
    TLS_REFUSED = "the server refused STARTTLS"
    LOGIN_DISABLED = "the server does not accept passwords on this connection (LOGINDISABLED)"
    NO_MECHANISM = "the server offers no login method that can carry these credentials"
    LOGIN_REFUSED = "the server refused the login"
    NOT_CONNECTED = "the server accepted the login but gives no access to the mailbox"


class HandshakeFailed(ImapError):
    """A session could not be opened.

    `response` is the server's answer, None when there was none. `challenge` is its explanation of a refused OAuth2
    token (JSON, RFC 7628 section 3.2.2), None when there was none. Both are exactly what the server said, for rules to
    read. `str()` may be shown, because it leaves out `secrets`.
    """

    def __init__(
        self,
        phase: Phase,
        reason: Reason,
        response: StatusResponse | None = None,
        challenge: str | None = None,
        secrets: Secrets = NO_SECRETS,
    ) -> None:
        super().__init__(phase, reason)
        self.phase: Phase = phase
        self.reason = reason
        self.response = response
        self.challenge = challenge
        self.secrets = secrets

    def __str__(self) -> str:
        said = self.response.text if self.response is not None else ""
        return f"{self.reason}: {take_in(said, self.secrets)}" if said else str(self.reason)


@dataclass(frozen=True, slots=True)
class LoginPlan:
    """How to open the session.

    `implicit_tls`: the socket already speaks TLS. Otherwise STARTTLS is used when offered, and is required unless
    `allow_plaintext`. If STARTTLS is offered and then refused, the session is not opened. `client_id` is sent with ID.
    `enable` names the extensions to ENABLE where offered. `avoid` names capabilities to treat as not offered, because
    the server implements them badly.
    """

    credentials: Credentials
    implicit_tls: bool
    allow_plaintext: bool = False
    client_id: Mapping[str, str | None] = field(default_factory=dict)
    enable: tuple[str, ...] = ()
    avoid: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """What the server told while the session was opened.

    `capabilities` are those after login, without the plan's `avoid`. `prefix` and `delimiter` are those of the personal
    namespace; the delimiter is None when names are flat or the server did not say. `login` is "PLAIN", "OAUTHBEARER",
    "XOAUTH2" or "LOGIN", and None after PREAUTH.
    """

    capabilities: frozenset[str]
    enabled: frozenset[str]
    server_id: dict[str, str | None] | None
    prefix: str
    delimiter: str | None
    greeting: str
    preauth: bool
    login: str | None


@dataclass(frozen=True, slots=True)
class WaitGreeting:
    """Wait for the server's first line."""


@dataclass(frozen=True, slots=True)
class Run:
    """Send the command and wait for its answer."""

    command: Command[Any]


@dataclass(frozen=True, slots=True)
class StartTls:
    """Do the TLS handshake on the socket."""


Step: TypeAlias = WaitGreeting | Run | StartTls
Steps: TypeAlias = Generator[Step, Any, T]


def handshake(plan: LoginPlan) -> Steps[SessionInfo]:
    """The steps that open a session by the plan. HandshakeFailed names the step that failed."""
    greeting = yield from _greeting()
    capabilities = greeting.capabilities or (yield from _capabilities("greeting"))
    if not plan.implicit_tls:
        capabilities = yield from _secure(plan, greeting, capabilities)
    login = None
    if not greeting.preauth:
        command = _choose_login(plan.credentials, capabilities - plan.avoid)
        login = command.mechanism if isinstance(command, Authenticate) else command.name
        capabilities = (yield from _log_in(command)) or (yield from _capabilities("setup"))
    offered = capability_set(capabilities - plan.avoid)
    server_id = (yield from _ask(Id(plan.client_id), "setup")) if "ID" in offered else None
    prefix, delimiter = yield from _namespace(offered)
    enabled = capability_set((yield from _enable(plan, offered)))
    return SessionInfo(offered, enabled, server_id, prefix, delimiter, greeting.response.text, greeting.preauth, login)


def _greeting() -> Steps[GreetingReceived]:
    event: GreetingReceived | ByeReceived | ConnectionClosed = yield WaitGreeting()
    match event:
        case GreetingReceived():
            return event
        case ByeReceived(text=text, code=code):
            raise HandshakeFailed("greeting", Reason.SERVER_LEFT, StatusResponse(None, "BYE", code, text))
    raise HandshakeFailed("greeting", Reason.SERVER_LEFT)


def _capabilities(phase: Phase) -> Steps[frozenset[str]]:
    return (yield from _ask(Capability(), phase)) or NO_CAPABILITIES


def _secure(plan: LoginPlan, greeting: GreetingReceived, capabilities: frozenset[str]) -> Steps[frozenset[str]]:
    """The capabilities after STARTTLS, or the present ones when the session has to stay unencrypted and may."""
    if greeting.preauth:
        # STARTTLS is illegal after login, so an attacker could forge a PREAUTH to keep TLS off (RFC 9051 11.2).
        if plan.allow_plaintext:
            return capabilities
        raise HandshakeFailed("greeting", Reason.PREAUTH_WITHOUT_TLS, greeting.response)
    if "STARTTLS" not in capabilities and not plan.allow_plaintext:
        capabilities = yield from _capabilities("starttls")
    if "STARTTLS" not in capabilities - plan.avoid:
        if plan.allow_plaintext:
            return capabilities
        raise HandshakeFailed("starttls", Reason.TLS_NOT_OFFERED)
    try:
        yield Run(StartTlsCommand())
    except CommandFailed as refusal:
        # An attacker who can forge a refusal could also read the password, so nothing is sent in the clear after one.
        raise _failure("starttls", Reason.TLS_REFUSED, refusal) from refusal
    yield StartTls()
    return (yield from _capabilities("tls"))


def _choose_login(credentials: Credentials, offered: frozenset[str]) -> Login | Authenticate:
    """The best login that both sides support; XOAUTH2 or LOGIN when the server told no capabilities."""
    if credentials.access_token is not None:
        if "AUTH=OAUTHBEARER" in offered:
            return Authenticate("OAUTHBEARER", credentials)
        if "AUTH=XOAUTH2" in offered or not offered:
            return Authenticate("XOAUTH2", credentials)
        raise HandshakeFailed("login", Reason.NO_MECHANISM)
    may_log_in = "LOGINDISABLED" not in offered and not credentials.authzid
    logs_in_plainly = may_log_in and credentials.is_plain
    # Exchange accepts `user@domain\\shared` for a shared mailbox in LOGIN, but not in SASL PLAIN.
    if "AUTH=PLAIN" in offered and not ("\\" in credentials.user and logs_in_plainly):
        return Authenticate("PLAIN", credentials)
    if logs_in_plainly:
        return Login(credentials)
    if "AUTH=LOGIN" in offered and not credentials.authzid:
        return Authenticate("LOGIN", credentials)
    if may_log_in:
        # This LOGIN needs literals, which some servers do not expect here, so SASL's base64 was preferred above.
        return Login(credentials)
    raise HandshakeFailed("login", Reason.LOGIN_DISABLED if "LOGINDISABLED" in offered else Reason.NO_MECHANISM)


def _log_in(command: Login | Authenticate) -> Steps[frozenset[str]]:
    try:
        told: frozenset[str] = yield Run(command)
    except CommandFailed as refusal:
        challenge = command.challenge if isinstance(command, Authenticate) else None
        raise _failure("login", Reason.LOGIN_REFUSED, refusal, challenge) from refusal
    return told


def _namespace(offered: frozenset[str]) -> Steps[tuple[str, str | None]]:
    """Prefix and delimiter of the personal namespace. Without NAMESPACE, LIST tells the delimiter."""
    data = (yield from _ask(NamespaceCommand(), "setup")) if supports(offered, "NAMESPACE") else None
    if data is not None and data.personal:
        return data.personal[0].prefix, data.personal[0].delimiter
    listing = yield from _ask(List("", ""), "setup")
    return "", listing.mailboxes[0].delimiter if listing is not None and listing.mailboxes else None


def _enable(plan: LoginPlan, offered: frozenset[str]) -> Steps[frozenset[str]]:
    names = [name for name in plan.enable if supports(offered, name)]
    if not names or not supports(offered, "ENABLE"):
        return NO_CAPABILITIES
    return (yield from _ask(Enable(names), "setup")) or NO_CAPABILITIES


def _ask(command: Command[T], phase: Phase) -> Steps[T | None]:
    """The command's result, or None when the server refused it, because the session works without it.

    Exchange accepts a login it will not serve, and says so only in its answer to the next command.
    """
    try:
        result: T = yield Run(command)
    except CommandFailed as refusal:
        if "authenticated but not connected" in refusal.text.lower():
            raise _failure("login", Reason.NOT_CONNECTED, refusal) from refusal
        if refusal.status == "BYE":
            raise _failure(phase, Reason.SERVER_LEFT, refusal) from refusal
        return None
    return result


def _failure(phase: Phase, reason: Reason, refusal: CommandFailed, challenge: str | None = None) -> HandshakeFailed:
    response = StatusResponse(None, cast(Status, refusal.status), refusal.code, refusal.text)
    reason = Reason.SERVER_LEFT if refusal.status == "BYE" else reason
    return HandshakeFailed(phase, reason, response, challenge, refusal.secrets)
