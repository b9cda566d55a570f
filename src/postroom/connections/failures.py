"""The one place of verdicts: what a failed connection, sign-in or command means, and what to do about it. Pure.

ConnectionFailed (Transient)    no session could be opened
└── ConnectionLost              an open session ended
SignInRefused (Unauthorized)    the server refused the credentials

Each carries its `Failure`. Its kind is `authentication` for a refused login. It is `connection` for everything that
says nothing about the credentials: network, TLS, greeting, a busy server, a connection lost during login.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from socket import EAI_AGAIN, gaierror
from ssl import SSLCertVerificationError, SSLError
from typing import Final, Literal

from postroom.connections.failure_rules import ADVICE, CREDENTIAL_CODES, RULES, Kind, Rule
from postroom.connections.hosts.addresses import AddressRefused
from postroom.connections.smtp_errors import SMTPException, SMTPNotSupported, SMTPResponseException
from postroom.connections.sockets.proxies import ProxyFailed
from postroom.connections.sockets.wrong_secure import WrongSecure
from postroom.errors import Transient, Unauthorized
from postroom.footprint.dataclass import dataclass
from postroom.imap.dialogue.handshake import HandshakeFailed, Reason
from postroom.imap.errors import CommandFailed, LocalProtocolError, RemoteProtocolError
from postroom.imap.limits import LimitExceeded
from postroom.imap.responses import ResponseCode
from postroom.smtp.replies import MalformedReply
from postroom.words.strangers import NO_SECRETS, Secrets, Words, take_in, take_in_code

__all__ = [
    "ABUSE",
    "NO_TURN",
    "SILENCE",
    "ConnectionFailed",
    "ConnectionLost",
    "Failure",
    "Phase",
    "SignInRefused",
    "failed",
    "judge",
    "lost",
    "no_turn",
    "wished_pause",
]

Phase = Literal["dns", "connect", "tls", "greeting", "login", "select", "sync", "idle", "send"]
Status = Literal["NO", "BAD", "BYE"]

ABUSE: Final = "ABUSE"
"""The code of a session whose server sent more than any honest server does. Such accounts have their own back-off."""

LONGEST_BACKOFF: Final = 300.0
"""The longest pause, in seconds, that a server may ask for. Exchange asks for about this much."""

NO_TURN: Final = frozenset({"EBUSYHERE", "EHOSTPAUSED"})
"""Codes of sign-ins that never started, because other sign-ins had the turns."""

SILENCE: Final = frozenset({"ETIMEDOUT", "EAI_AGAIN"})
"""Codes that mean that the host, or the name server, did not answer at all."""

_HEARD: Final = 4096
_BACKOFF: Final = re.compile(r"suggested backoff time:\s*(\d{1,9})\s*milliseconds", re.IGNORECASE)
_ENHANCED_STATUS: Final = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})\b")
_SIGN_IN_COMMANDS: Final = frozenset({"LOGIN", "AUTHENTICATE"})
_SIGN_IN_PHASES: Final = frozenset({"login", "select"})
_HANDSHAKE_PHASES: Final[Mapping[str, Phase]] = {
    "greeting": "greeting",
    "starttls": "tls",
    "tls": "tls",
    "login": "login",
    "setup": "login",
}
_HANDSHAKE_COMMANDS: Final = {"starttls": "STARTTLS", "login": "LOGIN"}
_HANDSHAKE_CODES: Final[Mapping[Reason, tuple[str, Kind]]] = {
    Reason.PREAUTH_WITHOUT_TLS: ("ETLSREQUIRED", "connection"),
    Reason.TLS_NOT_OFFERED: ("ETLSREQUIRED", "connection"),
    Reason.LOGIN_DISABLED: ("LOGINDISABLED", "authentication"),
    Reason.NO_MECHANISM: ("EAUTHMECHANISM", "authentication"),
}


@dataclass(frozen=True, slots=True)
class Failure:
    """What failed, in words and codes for people and programs. No secrets.

    `code` is the server's response code (`AUTHENTICATIONFAILED`), its SMTP status (`5.7.8`, `535`), an errno name
    (`ECONNREFUSED`) or one of ours (`ECERTEXPIRED`). `response` is the text of the server or of the system. `advice` is
    one sentence. `retry_after` is the least number of seconds to wait; with `host_wide`, all accounts of the host wait.
    `status` is the server's answer, None when it did not answer. `reply_code` is that of an SMTP reply.
    """

    kind: Kind
    phase: Phase
    code: str
    response: Words
    advice: str
    retry_after: float | None = None
    status: Status | None = None
    host_wide: bool = False
    reply_code: int | None = None

    @property
    def fingerprint(self) -> str:
        """Equal for failures that are the same news, so that only the first is announced."""
        return f"{self.kind}:{self.phase}:{self.code}"


class ConnectionFailed(Transient):
    """No session could be opened, for a reason that says nothing about the credentials."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.response, code=failure.code, retry_after=failure.retry_after)
        self.failure = failure


class ConnectionLost(ConnectionFailed):
    """An open session has ended; commands that were running have no result."""


class SignInRefused(Unauthorized):
    """The server refused the credentials."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.response, code=failure.code, retry_after=failure.retry_after)
        self.failure = failure


def failed(
    error: BaseException, phase: Phase, *, secrets: Secrets = NO_SECRETS, remarks: Iterable[str] = ()
) -> ConnectionFailed | SignInRefused:
    """The error to raise instead of `error`; the arguments are those of `judge`."""
    failure = judge(error, phase, secrets=secrets, remarks=remarks)
    return SignInRefused(failure) if failure.kind == "authentication" else ConnectionFailed(failure)


def lost(error: BaseException, phase: Phase, secrets: Secrets = NO_SECRETS) -> ConnectionLost:
    """The error of a session that ended because of `error`."""
    return ConnectionLost(judge(error, phase, secrets=secrets))


def wished_pause(text: str) -> float | None:
    """Return the pause in seconds that the server's text asks for, as Exchange does; None when it asks for none."""
    wished = _BACKOFF.search(text)
    return int(wished[1]) / 1000 if wished else None


def judge(error: BaseException, phase: Phase, *, secrets: Secrets = NO_SECRETS, remarks: Iterable[str] = ()) -> Failure:
    """The meaning of `error`, which was raised in `phase`.

    The rules read the server's text unchanged. The text in the failure has all secrets removed: `secrets` and those
    that the error carries. `remarks` are other texts from the server (untagged alerts); they are appended.
    """
    match error:
        case ConnectionFailed() | SignInRefused():
            return error.failure
        case CommandFailed():
            said = _Said.of(_said(error.text, error.code, remarks), secrets + error.secrets)
            return _refusal(error.status, error.code, said, phase, error.command)
        case WrongSecure():
            failure = _own(error.code, phase, take_in(str(error), secrets))
            return replace(failure, advice=failure.advice.format(field=error.field))
        case HandshakeFailed():
            return _handshake_failure(error, secrets + error.secrets, remarks)
        case SMTPResponseException() if error.code < 0:
            # The library uses negative codes when the reply is not SMTP (RFC 5321 section 4.2).
            return _own("EPROTOCOL", phase, take_in(error.message, secrets))
        case SMTPResponseException():
            refusal = _smtp_refusal(error, phase, _Said.of(error.message, secrets))
            return replace(refusal, reply_code=error.code)
        case SMTPNotSupported():
            return _own("EAUTHMECHANISM", phase, take_in(str(error), secrets), kind="authentication")
        case SMTPException() if isinstance(error.__cause__, OSError):
            return judge(error.__cause__, phase, secrets=secrets)
        case LocalProtocolError() if phase == "login":
            return _own("ECREDENTIALS", phase, take_in(str(error), secrets), kind="authentication")
    return _own(_code(error), phase, take_in(_words(error), secrets))


@dataclass(frozen=True, slots=True)
class _Said:
    """A server's text, unchanged for the rules, with the secrets that must be removed before it is shown."""

    heard: str
    secrets: Secrets

    @classmethod
    def of(cls, text: str, secrets: Secrets) -> _Said:
        """Return the text, cut to a length that the many patterns of the rules can search quickly."""
        return cls(text[:_HEARD], secrets)

    @property
    def words(self) -> Words:
        return take_in(self.heard, self.secrets)

    def code(self, given: ResponseCode | None) -> str:
        """The name of the response code, or "" when there is none or it contains a secret."""
        name = given.name if given is not None else ""
        return name if take_in_code(name, self.secrets) == name else ""


def _handshake_failure(error: HandshakeFailed, secrets: Secrets, remarks: Iterable[str]) -> Failure:
    phase = _HANDSHAKE_PHASES[error.phase]
    if error.response is not None and error.response.status in ("NO", "BAD", "BYE"):
        said = _Said.of(_said(error.response.text, error.response.code, remarks), secrets)
        command = _HANDSHAKE_COMMANDS.get(error.phase, "")
        return _refusal(error.response.status, error.response.code, said, phase, command)
    code, kind = _HANDSHAKE_CODES.get(error.reason, ("ECONNRESET", "connection"))
    return _own(code, phase, take_in(str(error), secrets), kind=kind)


def _said(text: str, code: ResponseCode | None, remarks: Iterable[str]) -> str:
    """The server's text, followed by the links in its codes (WEBALERT has one) and by the remarks, each once."""
    arguments = (str(argument) for argument in code.arguments) if code is not None else ()
    links = (argument for argument in arguments if "://" in argument)
    for remark in (*links, *remarks):
        if remark and remark not in text:
            text = f"{text} ({remark})"
    return text


def _refusal(status_word: str, given: ResponseCode | None, said: _Said, phase: Phase, command: str) -> Failure:
    """A tagged NO or BAD, or a BYE."""
    status: Status = "BAD" if status_word == "BAD" else "BYE" if status_word == "BYE" else "NO"
    code = said.code(given)
    if command == "STARTTLS" and status != "BYE":
        return _own("ESTARTTLS", phase, said.words, status=status)
    rule = _find(code, said.heard)
    about_credentials = status != "BYE" and phase in _SIGN_IN_PHASES
    if rule is not None and (rule.kind == "connection" or about_credentials):
        return _by_rule(rule, phase, code or rule.code, said, status)
    if status == "NO" and command in _SIGN_IN_COMMANDS:
        return _own(code or "AUTHENTICATIONFAILED", phase, said.words, kind="authentication", status=status)
    return _own(code or status, phase, said.words, status=status, command=command)


def _smtp_refusal(error: SMTPResponseException, phase: Phase, said: _Said) -> Failure:
    """An SMTP reply of 4yz or 5yz (RFC 5321), with or without an enhanced status code (RFC 3463)."""
    enhanced = _ENHANCED_STATUS.match(said.heard)
    code = enhanced[1] if enhanced else str(error.code)
    status: Status = "BYE" if error.code == 421 else "NO"
    rule = _find(code, said.heard) or _find(str(error.code), "")
    if rule is not None and (rule.kind == "connection" or phase == "login"):
        return _by_rule(rule, phase, code, said, status)
    # 5yz in answer to AUTH is a refusal of these credentials even if its meaning is unknown; 4yz is not.
    kind: Kind = "authentication" if phase == "login" and error.code >= 500 else "connection"
    return _own(code, phase, said.words, kind=kind, status=status)


def _find(code: str, text: str) -> Rule | None:
    """The rule that fits best: rules about a busy server come first, and texts win over codes such as ALERT."""
    for kind in ("connection", "authentication"):
        rules = [rule for rule in RULES if rule.kind == kind]
        for rule in rules:
            vague = rule.vague and code in CREDENTIAL_CODES
            if rule.text is not None and not vague and rule.text.search(text):
                return rule
        for rule in rules:
            if code in rule.codes:
                return rule
    return None


def _by_rule(rule: Rule, phase: Phase, code: str, said: _Said, status: Status) -> Failure:
    wish = wished_pause(said.heard)
    pause = min(wish, LONGEST_BACKOFF) if wish is not None else rule.pause
    return Failure(rule.kind, phase, code, said.words, rule.advice, pause, status, rule.host_wide)


def _own(
    code: str,
    phase: Phase,
    words: Words,
    *,
    kind: Kind = "connection",
    status: Status | None = None,
    command: str = "",
) -> Failure:
    fallback = ADVICE["AUTHENTICATIONFAILED"] if kind == "authentication" else ADVICE["other"]
    advice = ADVICE.get(f"{code} {phase}") or ADVICE.get(code) or ADVICE.get(command) or fallback
    return Failure(kind, phase, code, words, advice, status=status)


def _code(error: BaseException) -> str:
    match error:
        case AddressRefused() | ProxyFailed():
            return error.code
        case gaierror():
            return "EAI_AGAIN" if error.errno == EAI_AGAIN else "ENOTFOUND"
        case SSLCertVerificationError():
            return _certificate_code(error)
        case SSLError():
            return "ETLS"
        case TimeoutError():
            return "ETIMEDOUT"
        case OSError(errno=int(number)):
            return errno.errorcode.get(number, "ECONNRESET")
        case ConnectionRefusedError():
            return "ECONNREFUSED"
        case OSError() | EOFError():
            return "ECONNRESET"
        case LimitExceeded():
            return ABUSE
        case RemoteProtocolError() | LocalProtocolError() | SMTPException() | MalformedReply():
            return "EPROTOCOL"
    return "EINTERNAL"


def _certificate_code(error: SSLCertVerificationError) -> str:
    """The code for a verification error of OpenSSL (x509_vfy.h)."""
    match error.verify_code:
        case 9 | 10:
            return "ECERTEXPIRED"
        case 62 | 64:
            return "ECERTNAME"
        case 2 | 18 | 19 | 20 | 21:
            return "ECERTUNTRUSTED"
    return "ECERT"


def _words(error: BaseException) -> str:
    """The error in plain words, without Python's decoration."""
    match error:
        case SSLCertVerificationError():
            return f"The server's certificate was refused: {error.verify_message}"
        case SSLError():
            # An SSLError that OpenSSL did not raise has no reason.
            reason = getattr(error, "reason", None) or str(error)
            return f"TLS failed: {reason.replace('_', ' ').lower()}"
        case OSError(strerror=str(text)) if text:
            return text
    if _code(error) == "EINTERNAL":
        # The text of an unforeseen error may contain anything, even a secret.
        return f"Internal error ({type(error).__name__})"
    return str(error) or "The server closed the connection"


def no_turn(host: str, waited: float, paused_for: float, why: str) -> Failure:
    """Return the verdict on a sign-in that never started: its turn did not come within `waited` seconds.

    `why` says who has the turns. `paused_for` is the number of seconds for which the host still gets no sign-ins, 0 or
    less when it is not paused.
    """
    if paused_for > 0:
        said = f"{host} turned sign-ins away, and is left alone for another {paused_for:.0f} s"
        return Failure("connection", "connect", "EHOSTPAUSED", take_in(said), "Try again after that time.", paused_for)
    said = f"{why}: there was no turn at {host} within {waited:g} s"
    return Failure("connection", "connect", "EBUSYHERE", take_in(said), "Try again in a while.")
