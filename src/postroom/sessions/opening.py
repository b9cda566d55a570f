"""From an account, or settings on trial, to a live session: the only way to IMAP and SMTP servers.

The live account, its extra connections, verification, diagnosis, the check of an OAuth2 application and lent sessions
all use it. So they all prepare credentials, pace sign-ins, treat the server and respect the account's switches in the
same way, and one cannot succeed where another fails.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from postroom.accounts.settings.secret import Secret
from postroom.accounts.settings.values import AccountSettings, Protocol
from postroom.clock import now_ms
from postroom.connections.client_id import CLIENT_ID
from postroom.connections.clients.imap_client import Credentials, ImapClient, SignIn, open_imap
from postroom.connections.clients.smtp_client import SmtpSession, open_smtp
from postroom.connections.failures import ConnectionFailed, SignInRefused
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LooksUp
from postroom.connections.pacing.limits import HeldPlace, SignInPacing
from postroom.connections.pacing.shares import Shares
from postroom.connections.progress import Progress
from postroom.connections.sockets.descriptors import SPARE_CONNECTIONS, budget_of
from postroom.connections.sockets.endpoint import Endpoint
from postroom.connections.timeouts import Timeouts
from postroom.connections.transcripts.tap import NO_TAP, Tap
from postroom.credentials.access_tokens import AccessTokens, Prepared
from postroom.credentials.logins import MailLogin, host_policy, imap_login, smtp_login
from postroom.credentials.refusals import UNPREPARED
from postroom.footprint.dataclass import dataclass
from postroom.log import get_logger
from postroom.protocol_logs.taps import Taps
from postroom.sessions.failures import SessionFailed, not_opened, not_prepared
from postroom.sessions.principal import Principal
from postroom.sessions.purpose import LIVE, Purpose, Ready
from postroom.sessions.quirks import Quirks, quirks_for
from postroom.settings import Settings
from postroom.traces import span

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["Opened", "Sessions", "pacing_of", "sign_in_of", "treatment"]

# These make it cheap for the sync to find changes (RFC 7162). They are enabled if the server offers them.
_ENABLED: Final = ("CONDSTORE", "QRESYNC")
_NOBODY: Final = Credentials("nobody", "nothing")
T = TypeVar("T", ImapClient, SmtpSession)
log = get_logger("sessions")


@dataclass(frozen=True, slots=True)
class Opened(Generic[T]):
    """An authenticated session, which the caller closes. `login` and `prepared` are what it signed in with."""

    client: T
    login: MailLogin
    prepared: Prepared


@dataclass(frozen=True, slots=True)
class Sessions:
    """The rules for every session of a process. `policy` is the operator's, which an account may narrow.

    `tokens` prepares the credentials of stored accounts, and `taps` listen to them. They are None if there are only
    settings on trial.
    """

    pacing: SignInPacing
    timeouts: Timeouts
    policy: AddressPolicy
    client_id: Mapping[str, str | None]
    lookups: LooksUp
    ca_file: Path | None = None
    clock: Callable[[], int] = now_ms
    tokens: AccessTokens | None = None
    taps: Taps | None = None

    @classmethod
    def of(
        cls,
        settings: Settings,
        lookups: LooksUp,
        *,
        pacing: SignInPacing | None = None,
        clock: Callable[[], int] = now_ms,
        tokens: AccessTokens | None = None,
        taps: Taps | None = None,
    ) -> Sessions:
        """Return sessions under the operator's settings. Without `pacing`, their sign-ins have slots of their own."""
        return cls(
            pacing=pacing or pacing_of(settings),
            timeouts=Timeouts.of(settings),
            policy=AddressPolicy(settings.host_policy),
            client_id=CLIENT_ID,
            lookups=lookups,
            ca_file=settings.ca_file,
            clock=clock,
            tokens=tokens,
            taps=taps,
        )

    def waited_for(self) -> Sessions:
        """Return a copy for callers who wait: it limits the time of a whole answer, not only the gaps within it."""
        return replace(self, timeouts=replace(self.timeouts, command_total=self.timeouts.command))

    def account(
        self, account: str, settings: AccountSettings, unseal: Callable[[], AccountSettings] | None = None
    ) -> Principal:
        """Return the principal of a stored account. `unseal` returns its settings with the secrets."""
        prepare = partial(self.tokens.prepare, account) if self.tokens is not None else None
        return Principal(settings, prepare, account=account, unseal=unseal)

    async def open(self, who: Principal, purpose: Purpose = LIVE) -> Opened[ImapClient]:
        """Open an IMAP session.

        If the server refuses an access token, one new token is fetched and tried. Raises SessionFailed,
        AccountNotFound, StorageFailed, and any error of the callbacks in `purpose`.
        """
        return await self._open(who, "imap", purpose, self._sign_in_to_imap)

    async def open_to_send(self, who: Principal, purpose: Purpose = LIVE) -> Opened[SmtpSession]:
        """Open an SMTP session, in the same way as `open`."""
        return await self._open(who, "smtp", purpose, self._sign_in_to_smtp)

    async def look(self, endpoint: Endpoint, protocol: Protocol, settings: AccountSettings, progress: Progress) -> None:
        """Connect without signing in. `progress` must raise an error to end the connection once it has seen enough.

        The connection waits for its turn like a sign-in. Raises that error, ConnectionFailed and SignInRefused.
        """
        policy, limits, lookups = self.policy_of(settings), self.timeouts, self.lookups
        async with self.pacing.sign_in(endpoint.host, limits.connect):
            if protocol == "imap":
                nobody = SignIn(_NOBODY)
                found = await open_imap(endpoint, nobody, limits, policy=policy, lookups=lookups, progress=progress)
                found.close()
                return
            name = _ehlo_name(settings)
            session = await open_smtp(endpoint, None, limits, name, policy=policy, lookups=lookups, progress=progress)
            session.close()

    def policy_of(self, settings: AccountSettings) -> AddressPolicy:
        """Return which addresses the connections of an account may reach."""
        return host_policy(settings, self.policy)

    async def _open(
        self,
        who: Principal,
        protocol: Protocol,
        purpose: Purpose,
        sign_in: Callable[[MailLogin, Principal, Purpose], Awaitable[T]],
    ) -> Opened[T]:
        with span("sign-in", {"account": who.account, "protocol": protocol}, kind="client"):
            return await self._opened(who, protocol, purpose, sign_in)

    async def _opened(
        self,
        who: Principal,
        protocol: Protocol,
        purpose: Purpose,
        sign_in: Callable[[MailLogin, Principal, Purpose], Awaitable[T]],
    ) -> Opened[T]:
        ready = await self._ready(who, protocol, purpose)
        try:
            client = await sign_in(ready.login, who, purpose)
        except SessionFailed as error:
            if error.stage != "sign-in" or not who.may_replace:
                raise
            purpose.renewing()
            ready = await self._ready(who, protocol, purpose, Secret(ready.login.credentials.access_token or ""))
            client = await sign_in(ready.login, who, purpose)
        who.signed_in()
        return Opened(client, ready.login, ready.prepared)

    async def _ready(
        self, who: Principal, protocol: Protocol, purpose: Purpose, refused: Secret | None = None
    ) -> Ready:
        make = imap_login if protocol == "imap" else smtp_login
        try:
            prepared = await who.prepared(protocol, refused)
            login = make(prepared.settings, now=self.clock(), ca_file=self.ca_file, provider=prepared.provider)
        except UNPREPARED as error:
            raise not_prepared(error) from error
        ready = Ready(replace(login, endpoint=purpose.way(login.endpoint)), prepared, refused)
        await purpose.ready(ready)
        return ready

    async def _sign_in_to_imap(self, login: MailLogin, who: Principal, purpose: Purpose) -> ImapClient:
        async with self._turn(login, who, purpose) as place:
            client = await open_imap(
                replace(login.endpoint, met=who.met),
                sign_in_of(login, who.settings, self.client_id),
                self.timeouts,
                policy=self.policy_of(who.settings),
                lookups=self.lookups,
                progress=purpose.progress,
                tap=self._tap(who),
            )
            client.when_ended(place.keep())
        return client

    async def _sign_in_to_smtp(self, login: MailLogin, who: Principal, purpose: Purpose) -> SmtpSession:
        async with self._turn(login, who, purpose) as place:
            session = await open_smtp(
                login.endpoint,
                login.credentials,
                self.timeouts,
                _ehlo_name(who.settings),
                policy=self.policy_of(who.settings),
                lookups=self.lookups,
                progress=purpose.progress,
                tap=self._tap(who),
            )
            session.when_closed(place.keep())
        return session

    def _tap(self, who: Principal) -> Tap:
        if self.taps is None or not who.account:
            return NO_TAP
        return self.taps.of(who.account, wanted=bool(who.settings.logs))

    @asynccontextmanager
    async def _turn(self, login: MailLogin, who: Principal, purpose: Purpose) -> AsyncIterator[HeldPlace]:
        """Hold a turn at the host. Failures in the block become SessionFailed."""
        host, line = login.endpoint.host, purpose.line
        log.debug("signing in", account=who.account, host=host, port=login.endpoint.port)
        try:
            async with self.pacing.sign_in(host, purpose.patience, line.waits if line is not None else None) as place:
                if line is not None:
                    await line.goes_on()
                yield place
        except (ConnectionFailed, SignInRefused) as error:
            raise not_opened(error, login) from error


def pacing_of(settings: Settings) -> SignInPacing:
    """Return new sign-in slots, as many as the operator's settings and the limit of open files allow."""
    connections = budget_of(settings).connections
    return SignInPacing(Shares(settings.logins_per_host, settings.logins_total, connections, SPARE_CONNECTIONS))


def sign_in_of(login: MailLogin, settings: AccountSettings, client_id: Mapping[str, str | None]) -> SignIn:
    """Return the details of a sign-in: who signs in, what is sent and asked, and which capabilities are ignored."""
    avoid = quirks_for(login.endpoint.host).avoid
    if settings.imap is not None and settings.imap.disable_imap4rev2:
        avoid |= {"IMAP4REV2"}
    return SignIn(login.credentials, client_id=client_id, enable=_ENABLED, avoid=avoid)


def treatment(client: ImapClient, host: str) -> Quirks:
    """Return how to treat the server of an open session, by everything known about it."""
    return quirks_for(host, client.info.server_id, greeting=client.info.greeting, capabilities=client.capabilities)


def _ehlo_name(settings: AccountSettings) -> str:
    """Return the name to say in EHLO. What is not ASCII, or no single word, cannot be said."""
    name = settings.smtp_ehlo_name or socket.gethostname()
    return name if name.isascii() and name.split() == [name] else "localhost"
