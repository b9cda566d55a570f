"""Signs in to an SMTP server through aiosmtplib, on a socket that Postroom has connected."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, cast

from postroom.connections.clients.smtp_auth import authenticate
from postroom.connections.clients.smtp_line import LineFailed, SmtpLine
from postroom.connections.failures import Phase, failed, lost
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LooksUp
from postroom.connections.phases import phase
from postroom.connections.progress import Progress, unwatched
from postroom.connections.smtp_errors import (
    SMTPAuthenticationError,
    SMTPConnectResponseError,
    SMTPException,
    SMTPHeloError,
    SMTPNotSupported,
)
from postroom.connections.sockets import endpoint as endpoints
from postroom.connections.sockets.endpoint import Endpoint
from postroom.connections.sockets.tls import tls_context
from postroom.connections.sockets.wrong_secure import Beside, WrongSecure
from postroom.connections.timeouts import Timeouts
from postroom.connections.transcripts.smtp_script import SmtpScript
from postroom.connections.transcripts.tap import NO_TAP, Tap
from postroom.footprint.dataclass import dataclass
from postroom.imap.credentials import Credentials
from postroom.imap.dialogue.handshake import HandshakeFailed, Reason
from postroom.smtp.extensions import NO_EXTENSIONS, extensions_of
from postroom.smtp.replies import MalformedReply
from postroom.tasks import loaded
from postroom.words.strangers import NO_SECRETS, Secrets, Words, take_in, take_in_all

if TYPE_CHECKING:
    from aiosmtplib.smtp import SMTP

__all__ = ["SmtpInfo", "SmtpSession", "open_smtp"]

_PASSWORD_MECHANISMS: Final = ("plain", "login", "cram-md5")
_TOKEN_MECHANISMS: Final = ("oauthbearer", "xoauth2")
_MECHANISM_UNKNOWN: Final = 504
_GOODBYE: Final = 5.0
_NOT_KNOWN: Final = frozenset({500, 502})
"""Replies to EHLO of a server that knows only HELO (RFC 5321 section 4.2.4)."""

_TRANSIENT: Final = 500


@dataclass(frozen=True, slots=True)
class SmtpInfo:
    """The result of signing in. `tls` is the version, empty in plaintext; `mechanism` is None without credentials."""

    greeting: Words
    extensions: tuple[Words, ...]
    tls: str
    mechanism: str | None


class SmtpSession:
    """One open session, made by `open_smtp`. `client` runs commands; `info` is the result of signing in.

    `offered` are the extensions of the last EHLO. After `take_over`, only the line may be used, and not the client.
    """

    __slots__ = ("_ended", "_goodbye", "_line", "_script", "client", "info", "offered")

    def __init__(self, client: SMTP, info: SmtpInfo, goodbye: float, script: SmtpScript | None) -> None:
        self.client = client
        self.info = info
        ehlo = client.last_ehlo_response
        self.offered = extensions_of(ehlo.message.splitlines()[1:]) if ehlo is not None else NO_EXTENSIONS
        self._goodbye = goodbye
        self._script = script
        self._ended: Callable[[], None] | None = None
        self._line: SmtpLine | None = None

    def take_over(self) -> SmtpLine:
        """Return the line of the session, to send messages on. Raises ConnectionLost if the server has closed."""
        protocol, transport = self.client.protocol, self.client.transport
        if protocol is None or transport is None or not self.client.is_connected:
            raise lost(EOFError("The server closed the connection"), "login")
        if protocol._buffer:
            raise lost(MalformedReply("the server said more than it was asked for"), "login")
        # uvloop's transports do everything that this class says, and are not derived from it.
        self._line = SmtpLine.take_over(cast(asyncio.Transport, transport), self._script)
        return self._line

    def when_closed(self, told: Callable[[], None]) -> None:
        """Call `told` once when the session is closed."""
        self._ended = told

    async def leave(self) -> None:
        """Send QUIT and close, even when cancelled. Never fails, because the answer to QUIT does not matter."""
        try:
            if self._line is not None:
                with suppress(LineFailed):
                    self._line.write(b"QUIT\r\n", replies=1)
                    await self._line.reply(self._goodbye)
            else:
                with suppress(SMTPException):
                    await self.client.quit(timeout=self._goodbye)
        finally:
            self.close()

    def close(self) -> None:
        """End the session at once."""
        if self._line is not None:
            self._line.close()
        self.client.close()
        ended, self._ended = self._ended, None
        if ended is not None:
            ended()


async def open_smtp(
    endpoint: Endpoint,
    credentials: Credentials | None,
    timeouts: Timeouts,
    ehlo_name: str,
    *,
    policy: AddressPolicy = AddressPolicy.ANY,
    lookups: LooksUp,
    progress: Progress = unwatched,
    tap: Tap = NO_TAP,
) -> SmtpSession:
    """A session that is signed in, or only greeted when there are no credentials; the caller closes it.

    `progress` is called after each step. Implicit TLS and the greeting are one step in the library, reported as the
    greeting. Raises ConnectionFailed or SignInRefused, whose `failure` tells the phase and what to do.
    """
    # Many gateways never send, so only the first session takes the memory of the library.
    await loaded("postroom.connections.clients.smtp_heard")
    from postroom.connections.clients.smtp_heard import client_on

    async with phase("dns", timeouts.connect):
        way = await endpoints.resolve(endpoint, policy, lookups)
    async with phase("connect", timeouts.connect):
        connection = await endpoints.connect(way)
    progress("connect", {})
    secrets = credentials.secrets if credentials is not None else NO_SECRETS
    script = SmtpScript.of(tap, secrets)
    client = client_on(
        connection, script, way.server_name, ehlo_name, use_tls=endpoint.tls == "implicit", timeout=timeouts.command
    )
    progress = script.beside(progress) if script is not None else progress
    plaintext_allowed = endpoint.may_go_plain(connection)
    endpoint = replace(endpoint, verify=endpoint.checks_certificate(connection))
    try:
        beside = Beside.of("smtp", way, connection)
        greeting = await _connect(client, endpoint, timeouts, beside, secrets)
        if client.use_tls:
            progress("tls", _protection(client))
        progress("greeting", {"greeting": greeting})
        if await _protect(client, timeouts, secrets, plaintext_allowed=plaintext_allowed):
            progress("starttls", _protection(client))
        progress("capabilities", {"capabilities": sorted(client.esmtp_extensions)})
        mechanism = None
        if credentials is not None:
            place = replace(credentials, host=endpoint.host, port=endpoint.port)
            mechanism = await _sign_in(client, place, timeouts)
        if mechanism is not None:
            progress("login", {"mechanism": mechanism})
        extensions = tuple(take_in_all(sorted(client.esmtp_extensions), secrets))
        info = SmtpInfo(take_in(greeting, secrets), extensions, _tls_version(client), mechanism)
    except BaseException as error:
        if script is not None:
            script.ended(error)
        client.close()
        connection.close()
        raise
    return SmtpSession(client, info, min(timeouts.greeting, _GOODBYE), script)


async def _connect(client: SMTP, endpoint: Endpoint, timeouts: Timeouts, beside: Beside, secrets: Secrets) -> str:
    """Do implicit TLS and wait for the greeting; returns its text."""
    first: Phase = "tls" if client.use_tls else "greeting"
    async with phase("tls", timeouts.tls):
        client.tls_context = tls_context(endpoint.verify is not False, endpoint.min_version, endpoint.ca_file)
    connect = partial(client.connect, timeout=timeouts.tls if client.use_tls else timeouts.greeting)
    try:
        response = await (connect() if client.use_tls else beside.unless_tls(connect, timeouts.greeting))
    except WrongSecure as error:
        raise failed(error, first, secrets=secrets) from error
    except SMTPException as error:
        if client.use_tls and _is_no_tls(error.__cause__):
            # The library does not say what it read instead of TLS.
            said = await beside.greeting_in_plain()
            if said is not None:
                raise failed(WrongSecure("smtp", said=said), first, secrets=secrets) from error
        # When no greeting came, the library's error has another of its own errors as cause. When a socket or a TLS
        # handshake failed, the cause is an error of the system.
        greeted = isinstance(error, SMTPConnectResponseError) or isinstance(error.__cause__, SMTPException)
        raise failed(error, "greeting" if greeted else first, secrets=secrets) from error
    return response.message


def _is_no_tls(cause: BaseException | None) -> bool:
    """Whether the server may not speak TLS at all. After a TLS alert or a certificate, it does."""
    if not isinstance(cause, ssl.SSLError) or isinstance(cause, ssl.SSLCertVerificationError):
        return False
    return "ALERT" not in str(getattr(cause, "reason", ""))


async def _protect(client: SMTP, timeouts: Timeouts, secrets: Secrets, *, plaintext_allowed: bool) -> bool:
    """Send EHLO, and STARTTLS if the connection is not encrypted yet; returns whether STARTTLS was done."""
    async with phase("greeting", timeouts.command, secrets=secrets):
        await _hello(client)
    if client.use_tls:
        return False
    async with phase("tls", timeouts.tls, secrets=secrets):
        if client.supports_extension("starttls"):
            await client.starttls(timeout=timeouts.tls)
            # What the server offered before TLS is no longer valid (RFC 3207 section 4.2).
            await _hello(client)
            return True
        if not plaintext_allowed:
            raise HandshakeFailed("starttls", Reason.TLS_NOT_OFFERED)
    return False


async def _hello(client: SMTP) -> None:
    """Send EHLO, with our address if the server refuses our name (RFC 5321 section 4.1.3), or HELO if it knows no EHLO.

    Raises SMTPHeloError.
    """
    literal = _address_literal(client)
    try:
        await client.ehlo()
    except SMTPHeloError as error:
        if error.code < _TRANSIENT:
            raise
        if error.code not in _NOT_KNOWN:
            with suppress(SMTPHeloError):
                await client.ehlo(hostname=literal)
                return
        await _old_hello(client, literal)


async def _old_hello(client: SMTP, literal: str) -> None:
    try:
        await client.helo()
    except SMTPHeloError as error:
        if error.code < _TRANSIENT or error.code in _NOT_KNOWN:
            raise
        await client.helo(hostname=literal)


def _address_literal(client: SMTP) -> str:
    """Return our end of the connection, for example `[192.0.2.1]` or `[IPv6:2001:db8::1]`."""
    name = client.get_transport_info("sockname")
    address = str(name[0]).partition("%")[0] if name else "127.0.0.1"
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


async def _sign_in(client: SMTP, credentials: Credentials, timeouts: Timeouts) -> str:
    """Sign in and return the mechanism that worked.

    Another mechanism is tried only when the server turns out not to support this one: a second try with the same
    password would count as a second wrong password.
    """
    async with phase("login", timeouts.command, secrets=credentials.secrets):
        offered = client.server_auth_methods
        wanted = _TOKEN_MECHANISMS if credentials.access_token is not None else _PASSWORD_MECHANISMS
        unknown: SMTPAuthenticationError | None = None
        for mechanism in (name for name in wanted if name in offered):
            try:
                await authenticate(client, mechanism, credentials)
            except SMTPAuthenticationError as error:
                if error.code != _MECHANISM_UNKNOWN:
                    raise
                unknown = error
            else:
                return mechanism.upper()
        raise unknown or SMTPNotSupported(
            f"The server offers no usable AUTH mechanism ({', '.join(offered) or 'none'})"
        )


def _protection(client: SMTP) -> dict[str, str | bytes]:
    ssl_object = client.get_transport_info("ssl_object")
    if ssl_object is None:
        return {"version": "", "cipher": "", "certificate": b""}
    cipher = ssl_object.cipher()
    certificate = ssl_object.getpeercert(binary_form=True) or b""
    return {"version": _tls_version(client), "cipher": cipher[0] if cipher else "", "certificate": certificate}


def _tls_version(client: SMTP) -> str:
    ssl_object = client.get_transport_info("ssl_object")
    return ssl_object.version() or "" if ssl_object is not None else ""
