"""Verdicts: the words real servers use, and the errors of every layer."""

from __future__ import annotations

import errno
import socket
import ssl
from dataclasses import dataclass

import pytest
from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPConnectResponseError,
    SMTPNotSupported,
    SMTPServerDisconnected,
)

from postroom.connections.failures import (
    ConnectionFailed,
    ConnectionLost,
    SignInRefused,
    failed,
    judge,
    lost,
)
from postroom.connections.hosts.addresses import AddressRefused
from postroom.connections.sockets.tls import NotTls
from postroom.connections.sockets.wrong_secure import WrongSecure
from postroom.errors import Transient, Unauthorized
from postroom.imap.dialogue.handshake import HandshakeFailed, Reason
from postroom.imap.errors import CommandFailed, LocalProtocolError, RemoteProtocolError
from postroom.imap.limits import LimitExceeded
from postroom.imap.responses import ResponseCode, StatusResponse
from postroom.words.strangers import NO_SECRETS, WITHHELD, Secrets


@dataclass(frozen=True)
class Said:
    """A server's answer to LOGIN and what it must be taken for."""

    status: str
    code: str
    text: str
    kind: str
    reported: str
    advice: str = ""
    retry_after: float | None = None


REAL_ANSWERS = [
    # Refused credentials.
    Said("NO", "AUTHENTICATIONFAILED", "Invalid credentials (Failure)", "authentication", "AUTHENTICATIONFAILED"),
    Said("NO", "AUTHENTICATIONFAILED", "Authentication failed.", "authentication", "AUTHENTICATIONFAILED"),
    Said("NO", "AUTHENTICATIONFAILED", "LOGIN Invalid credentials", "authentication", "AUTHENTICATIONFAILED"),
    Said("NO", "", "LOGIN failed.", "authentication", "AUTHENTICATIONFAILED", "app password"),
    Said("NO", "", "AUTHENTICATE failed.", "authentication", "AUTHENTICATIONFAILED"),
    Said("NO", "", "Login fail. Account is abnormal, service is not open", "authentication", "AUTHENTICATIONFAILED"),
    Said("NO", "ALERT", "Application-specific password required: https://support.google.com/accounts/answer/185833 "
         "(Failure)", "authentication", "ALERT", "app password"),
    Said("NO", "ALERT", "Please log in via your web browser: https://support.google.com/mail/accounts/answer/78754 "
         "(Failure)", "authentication", "ALERT", "browser"),
    Said("NO", "WEBALERT", "Web login required.", "authentication", "WEBALERT", "browser"),
    Said("NO", "ALERT", "Your account is not enabled for IMAP use. Please visit your Gmail settings page and enable "
         "your account for IMAP access. (Failure)", "authentication", "ALERT", "Switch IMAP access on"),
    Said("NO", "AUTHENTICATIONFAILED", "LOGIN Invalid credentials or IMAP is disabled sc=ebI8JB0ug4Y1_290737_53p",
         "authentication", "AUTHENTICATIONFAILED", "Switch IMAP access on"),
    Said("NO", "ALERT", "You are yet to enable IMAP for your account. Please contact your administrator",
         "authentication", "ALERT", "Switch IMAP access on"),
    Said("NO", "", "Basic authentication is disabled.", "authentication", "OAUTH2REQUIRED", "OAuth2"),
    Said("NO", "", "LOGIN failed: BasicAuthBlocked", "authentication", "OAUTH2REQUIRED", "OAuth2"),
    Said("NO", "", "LOGIN Login error, please use authorization code", "authentication", "APPPASSWORD", "app password"),
    Said("NO", "", "SELECT Unsafe Login. Please contact kefu@188.com for help", "authentication", "UNSAFELOGIN",
         "NetEase"),
    Said("NO", "PRIVACYREQUIRED", "Plaintext authentication disallowed on non-secure (SSL/TLS) connections.",
         "authentication", "PRIVACYREQUIRED", "TLS"),
    Said("NO", "EXPIRED", "That password isn't valid any more", "authentication", "EXPIRED", "expired"),
    Said("NO", "CONTACTADMIN", "Call the help desk", "authentication", "CONTACTADMIN", "administrator"),
    Said("NO", "AUTHORIZATIONFAILED", "No such authorization-ID", "authentication", "AUTHORIZATIONFAILED",
         "delegation"),
    Said("BAD", "", "Command Error. 10", "authentication", "EXPIRED", "expired"),
    Said("NO", "AUTHENTICATIONFAILED", "Invalid login or password. Please try again later", "authentication",
         "AUTHENTICATIONFAILED"),
    # Busy or broken servers.
    Said("NO", "ALERT", "Too many simultaneous connections. (Failure)", "connection", "ALERT", "Too many programs", 30),
    Said("NO", "UNAVAILABLE", "Maximum number of connections from user+IP exceeded (mail_max_userip_connections=16)",
         "connection", "UNAVAILABLE", "Too many programs", 30),
    Said("NO", "LIMIT", "Too many connections", "connection", "LIMIT", "Too many programs", 30),
    Said("NO", "OVERQUOTA", "Account exceeded command or bandwidth limits. (Failure)", "connection", "OVERQUOTA",
         "transfer limit", 3600),
    Said("BYE", "", "Account exceeded bandwidth limits", "connection", "OVERQUOTA", "transfer limit", 3600),
    Said("BAD", "", "Request is throttled. Suggested Backoff Time: 299961 milliseconds", "connection", "THROTTLED",
         "pause", 299.961),
    Said("NO", "", "Request is throttled. Suggested Backoff Time: 999999999 milliseconds", "connection", "THROTTLED",
         "pause", 300),
    Said("NO", "THROTTLED", "Slow down", "connection", "THROTTLED", "pause", 30),
    Said("BAD", "", "User is authenticated but not connected.", "connection", "NOTCONNECTED", "Microsoft", 30),
    Said("NO", "", "Login Rate Limit Hit", "connection", "LIMIT", "slowed down", 60),
    Said("NO", "AUTHENTICATIONFAILED", "Too many login failures", "connection", "AUTHENTICATIONFAILED", "slowed down",
         60),
    Said("NO", "UNAVAILABLE", "Temporary authentication failure. [mail:2026-01-01 00:00:00]", "connection",
         "UNAVAILABLE", "tried again"),
    Said("NO", "UNAVAILABLE", "Account locked", "connection", "UNAVAILABLE", "tried again"),
    Said("NO", "INUSE", "Mailbox in use", "connection", "INUSE", "Another program", 5),
    Said("NO", "SERVERBUG", "This should not happen", "connection", "SERVERBUG", "tried again"),
    Said("NO", "UNAVAILABLE", "LOGIN Server error - Please try again later", "connection", "UNAVAILABLE"),
    Said("NO", "", "Service temporarily unavailable", "connection", "UNAVAILABLE"),
    Said("NO", "", "Server Unavailable. 15", "connection", "UNAVAILABLE"),
    Said("BYE", "", "Connection closed. 14", "connection", "BYE"),
    Said("BYE", "AUTHENTICATIONFAILED", "Go away", "connection", "AUTHENTICATIONFAILED"),
    Said("BAD", "", "Unknown command", "connection", "BAD"),
]  # fmt: skip


@pytest.mark.parametrize("said", REAL_ANSWERS, ids=lambda said: said.text[:40])
def test_what_servers_say_to_a_login(said: Said) -> None:
    code = ResponseCode(said.code) if said.code else None
    response = StatusResponse("a1", said.status, code, said.text)  # type: ignore[arg-type]
    in_login = judge(CommandFailed(said.status, code, said.text, "LOGIN"), "login")
    assert in_login == judge(HandshakeFailed("login", Reason.LOGIN_REFUSED, response), "login")
    assert (in_login.kind, in_login.code, in_login.response) == (said.kind, said.reported, said.text)
    assert in_login.status == said.status
    assert in_login.retry_after == said.retry_after
    assert said.advice in in_login.advice
    assert in_login.advice.endswith(".")


@pytest.mark.parametrize("code", ["UNAVAILABLE", "LIMIT", "INUSE", "SERVERBUG", "THROTTLED", "OVERQUOTA"])
@pytest.mark.parametrize("text", ["", "Invalid credentials", "Basic authentication is disabled", "IMAP is disabled"])
def test_codes_of_a_busy_server_are_never_authentication(code: str, text: str) -> None:
    assert judge(CommandFailed("NO", ResponseCode(code), text, "LOGIN"), "login").kind == "connection"


def test_only_the_sign_in_commands_refuse_credentials() -> None:
    for command in ("CAPABILITY", "NAMESPACE", "ID"):
        assert judge(CommandFailed("NO", None, "Not now", command), "login").kind == "connection"
    assert judge(CommandFailed("NO", ResponseCode("NOPERM"), "Access denied", "SELECT"), "sync").kind == "connection"


def test_netease_refuses_in_select() -> None:
    failure = judge(CommandFailed("NO", None, "EXAMINE Unsafe Login. Please contact kefu@188.com", "EXAMINE"), "select")
    assert (failure.kind, failure.phase, failure.code) == ("authentication", "select", "UNSAFELOGIN")


def test_the_link_of_a_webalert_is_kept() -> None:
    link = "https://accounts.google.com/signin/continue?sarp=1"
    given = CommandFailed("NO", ResponseCode("WEBALERT", (link,)), "Web login required.", "LOGIN")
    assert link in judge(given, "login").response
    plain = CommandFailed("NO", ResponseCode("ALERT"), "Please log in via your web browser", "LOGIN")
    assert link in judge(plain, "login", remarks=[f"Web login required. {link}"]).response


HANDSHAKE_FAILURES = [
    (HandshakeFailed("starttls", Reason.TLS_NOT_OFFERED), "connection", "tls", "ETLSREQUIRED"),
    (
        HandshakeFailed("greeting", Reason.PREAUTH_WITHOUT_TLS, StatusResponse(None, "PREAUTH", None, "Hello")),
        "connection",
        "greeting",
        "ETLSREQUIRED",
    ),
    (
        HandshakeFailed("starttls", Reason.TLS_REFUSED, StatusResponse("a", "NO", None, "No")),
        "connection",
        "tls",
        "ESTARTTLS",
    ),
    (HandshakeFailed("login", Reason.LOGIN_DISABLED), "authentication", "login", "LOGINDISABLED"),
    (HandshakeFailed("login", Reason.NO_MECHANISM), "authentication", "login", "EAUTHMECHANISM"),
    (HandshakeFailed("setup", Reason.SERVER_LEFT), "connection", "login", "ECONNRESET"),
    (
        HandshakeFailed("greeting", Reason.SERVER_LEFT, StatusResponse(None, "BYE", None, "Too many connections")),
        "connection",
        "greeting",
        "LIMIT",
    ),
]


@pytest.mark.parametrize(("error", "kind", "phase", "code"), HANDSHAKE_FAILURES)
def test_handshakes_that_stop(error: HandshakeFailed, kind: str, phase: str, code: str) -> None:
    failure = judge(error, "login")
    assert (failure.kind, failure.phase, failure.code) == (kind, phase, code)
    assert failure.advice


def certificate_error(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, "certificate has expired"
    return error


SYSTEM_ERRORS = [
    (socket.gaierror(socket.EAI_NONAME, "'nowhere.example': Name or service not known"), "dns", "ENOTFOUND"),
    (socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"), "dns", "EAI_AGAIN"),
    (OSError(errno.ECONNREFUSED, "Connection refused: 127.0.0.1:1"), "connect", "ECONNREFUSED"),
    (OSError(errno.ENETUNREACH, "Network is unreachable"), "connect", "ENETUNREACH"),
    (OSError(errno.EHOSTUNREACH, "No route to host"), "connect", "EHOSTUNREACH"),
    (TimeoutError("No answer within 20 s"), "greeting", "ETIMEDOUT"),
    (ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"), "login", "ECONNRESET"),
    (ConnectionResetError("The server closed the connection"), "login", "ECONNRESET"),
    (EOFError(), "login", "ECONNRESET"),
    (certificate_error(10), "tls", "ECERTEXPIRED"),
    (certificate_error(62), "tls", "ECERTNAME"),
    (certificate_error(18), "tls", "ECERTUNTRUSTED"),
    (certificate_error(23), "tls", "ECERT"),
    (ssl.SSLError(1, "wrong version number"), "tls", "ETLS"),
    (NotTls(b"220 mail.example.com"), "tls", "ETLS"),
    (WrongSecure("imap"), "greeting", "EIMPLICITTLS"),
    (WrongSecure("smtp", said="220 mail.example.com"), "tls", "EPLAINTEXT"),
    (AddressRefused("169.254.169.254 is not allowed"), "dns", "EEGRESSBLOCKED"),
    (RemoteProtocolError("the server did not greet as an IMAP server does"), "greeting", "EPROTOCOL"),
    (LimitExceeded("the server announced a literal of 4294967296 octets"), "sync", "ABUSE"),
]


@pytest.mark.parametrize(("error", "phase", "code"), SYSTEM_ERRORS, ids=lambda value: str(value)[:30])
def test_errors_of_the_system_are_about_the_connection(error: Exception, phase: str, code: str) -> None:
    failure = judge(error, phase)  # type: ignore[arg-type]
    assert (failure.kind, failure.phase, failure.code, failure.status) == ("connection", phase, code, None)
    assert failure.response
    assert failure.advice.endswith(".")


def test_advice_knows_the_phase_of_a_silence() -> None:
    said = {phase: judge(TimeoutError("late"), phase).advice for phase in ("connect", "tls", "greeting", "login")}
    assert len(set(said.values())) == 4


def test_credentials_that_cannot_be_sent_are_not_the_networks_fault() -> None:
    failure = judge(LocalProtocolError("the password holds a NUL character, which no sign-in can carry"), "login")
    assert (failure.kind, failure.code) == ("authentication", "ECREDENTIALS")


def test_a_fault_of_ours_is_named_without_its_text() -> None:
    failure = judge(ValueError("hunter2"), "sync")
    assert failure.code == "EINTERNAL"
    assert "hunter2" not in failure.response
    assert "ValueError" in failure.response


SMTP_ANSWERS = [
    (535, "5.7.8 Error: authentication failed: UGFzc3dvcmQ6", "authentication", "5.7.8", ""),
    (535, "5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
     "authentication", "5.7.139", "SMTP AUTH"),
    (534, "5.7.9 Application-specific password required.", "authentication", "5.7.9", "app password"),
    (534, "5.7.14 <https://accounts.google.com/signin/continue> Please log in via your web browser", "authentication",
     "5.7.14", "browser"),
    (530, "5.7.0 Must issue a STARTTLS command first.", "authentication", "5.7.0", "TLS"),
    (538, "Encryption required", "authentication", "538", "TLS"),
    (535, "Incorrect authentication data", "authentication", "535", "user name and password"),
    (550, "No", "authentication", "550", "user name and password"),
    (454, "4.7.0 Temporary authentication failure", "connection", "4.7.0", "tried again"),
    (421, "4.7.0 Try again later, closing connection.", "connection", "4.7.0", "tried again"),
    (454, "4.7.0 Too many login attempts, please try again later.", "connection", "4.7.0", "slowed down"),
    (432, "4.3.2 Concurrent connections limit exceeded", "connection", "4.3.2", "tried again"),
    (451, "Unheard of", "connection", "451", ""),
]  # fmt: skip


@pytest.mark.parametrize(("reply", "text", "kind", "code", "advice"), SMTP_ANSWERS)
def test_what_smtp_servers_say(reply: int, text: str, kind: str, code: str, advice: str) -> None:
    failure = judge(SMTPAuthenticationError(reply, text), "login")
    assert (failure.kind, failure.code, failure.reply_code) == (kind, code, reply)
    assert advice in failure.advice


def test_what_is_no_smtp_reply_is_told_as_that() -> None:
    failure = judge(SMTPConnectResponseError(-1, "SSH-2.0-OpenSSH_9"), "greeting")
    assert (failure.kind, failure.code, failure.phase) == ("connection", "EPROTOCOL", "greeting")
    assert "does not speak this protocol" in failure.advice
    assert failure.response == "SSH-2.0-OpenSSH_9"


def test_smtp_errors_of_the_network() -> None:
    refused = SMTPConnectError("Error connecting")
    refused.__cause__ = ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
    assert judge(refused, "connect").code == "ECONNREFUSED"
    assert judge(SMTPServerDisconnected("Unexpected EOF received"), "login").code == "ECONNRESET"
    assert judge(SMTPNotSupported("No suitable authentication method found."), "login").kind == "authentication"


def test_responses_are_one_bounded_clean_line_without_secrets() -> None:
    text = "LOGIN u 'hunter2'\r\n\x1b[31mis \u202enot" + " a" * 1000
    failure = judge(CommandFailed("NO", None, text, "LOGIN"), "login")
    assert failure.response.startswith("LOGIN u 'hunter2' is not a a")
    assert len(failure.response.encode()) <= 1024
    assert failure.response.isprintable()
    for given, held in ((Secrets.of("hunter2", ""), NO_SECRETS), (NO_SECRETS, Secrets.of("hunter2"))):
        failure = judge(CommandFailed("NO", None, text, "LOGIN", held), "login", secrets=given)
        assert failure.response == WITHHELD


def test_words_that_hold_a_secret_are_judged_before_they_are_left_out() -> None:
    secrets = Secrets.of("temporarily", "HUNTER2-TOKEN")
    failure = judge(CommandFailed("NO", None, "Temporarily out of order", "LOGIN", secrets), "login")
    assert (failure.kind, failure.code, failure.response) == ("connection", "UNAVAILABLE", WITHHELD)
    failure = judge(CommandFailed("NO", ResponseCode("HUNTER2-TOKEN"), "No", "LOGIN", secrets), "login")
    assert (failure.kind, failure.code) == ("authentication", "AUTHENTICATIONFAILED")


def test_errors_carry_the_verdict() -> None:
    refused = failed(CommandFailed("NO", None, "No", "LOGIN"), "login")
    assert isinstance(refused, SignInRefused)
    assert isinstance(refused, Unauthorized)
    away = failed(OSError(errno.ECONNREFUSED, "Connection refused"), "connect")
    assert isinstance(away, ConnectionFailed)
    assert isinstance(away, Transient)
    assert away.code == "ECONNREFUSED"
    gone = lost(ConnectionResetError("The server closed the connection"), "idle")
    assert isinstance(gone, ConnectionLost)
    assert judge(gone, "sync") == gone.failure
    assert gone.failure.phase == "idle"


def test_fingerprints_ignore_the_words() -> None:
    one = judge(CommandFailed("NO", ResponseCode("AUTHENTICATIONFAILED"), "No (id 1)", "LOGIN"), "login")
    two = judge(CommandFailed("NO", ResponseCode("AUTHENTICATIONFAILED"), "No (id 2)", "LOGIN"), "login")
    other = judge(OSError(errno.ECONNREFUSED, "Connection refused"), "connect")
    assert one != two
    assert one.fingerprint == two.fingerprint == "authentication:login:AUTHENTICATIONFAILED"
    assert other.fingerprint != one.fingerprint


def test_a_secure_that_does_not_fit_is_named_with_the_value_to_set() -> None:
    assert "set `imap.secure` to true" in judge(WrongSecure("imap"), "greeting").advice
    assert "set `smtp.secure` to false" in judge(WrongSecure("smtp", said="220 x"), "tls").advice
