"""Tries an account's settings: signs in to IMAP and SMTP, and reports the servers' answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Literal

from postroom.accounts.settings.values import AccountSettings
from postroom.clock import now_ms
from postroom.connections.failures import ConnectionFailed, Failure
from postroom.connections.hosts.names import LooksUp
from postroom.connections.pacing.limits import SignInPacing
from postroom.connections.pacing.shares import Shares
from postroom.errors import Permanent
from postroom.footprint.dataclass import dataclass
from postroom.mail.shapes import FolderObject
from postroom.mailboxes.folders.listing import read_mailboxes
from postroom.sessions.failures import SessionFailed
from postroom.sessions.opening import Sessions
from postroom.sessions.principal import Prepare, Principal
from postroom.sessions.purpose import PATIENCE, Purpose
from postroom.settings import Settings
from postroom.tasks import together

Protocol = Literal["imap", "smtp"]
_LOGOUT_BOUND = 2.0


def visits_of(settings: Settings) -> SignInPacing:
    """Return the places for visits, as many as for sign-ins. Visits have their own, because they take long."""
    return SignInPacing(Shares(settings.logins_per_host, settings.logins_total, equal=True), takes_long=None)


@dataclass(frozen=True, slots=True)
class SignInReport:
    """The result of one attempt. `failure` is None on success; then `greeting` and `capabilities` are the server's.

    `mailboxes` are the folders in the form of the API, if they were asked for.
    """

    protocol: Protocol
    host: str
    port: int
    failure: Failure | None = None
    greeting: str = ""
    capabilities: Sequence[str] = ()
    mailboxes: list[FolderObject] | None = None

    @property
    def summary(self) -> str:
        """The result in a few words."""
        if self.failure is None:
            return "Signed in"
        if self.failure.kind == "authentication":
            return "Authentication failed"
        if not self.host:
            return f"Connection failed: no {self.protocol.upper()} server is known yet"
        return f"Connection failed: {self.protocol.upper()} {self.host}:{self.port}"

    @property
    def success(self) -> bool:
        """Whether the sign-in worked."""
        return self.failure is None

    def details(self) -> Mapping[str, object]:
        """Return the details of a failed attempt: the server, the phase, its words, and what to do."""
        if self.failure is None:
            return {}
        return {
            "protocol": self.protocol,
            "host": self.host,
            "port": self.port,
            "phase": self.failure.phase,
            "response": self.failure.response,
            "serverResponseCode": self.failure.code,
            "advice": self.failure.advice,
        }


class SignInFailed(Permanent):
    """The settings do not work; `report` says why. Nothing was stored."""

    def __init__(self, report: SignInReport) -> None:
        refused = report.failure is not None and report.failure.kind == "authentication"
        super().__init__(report.summary, code="AuthenticationError" if refused else "ConnectionError")
        self.report = report


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """Tries settings within the operator's time limits, address policy and pacing.

    `pacing` is shared with the live accounts; without it, as where there are none, each attempt is paced by itself.
    `patience` are the seconds to wait for a turn at a host.
    """

    settings: Settings
    lookups: LooksUp
    clock: Callable[[], int] = now_ms
    pacing: SignInPacing | None = None
    patience: float = PATIENCE

    async def demand(self, settings: AccountSettings, prepare: Prepare | None = None) -> None:
        """Try every protocol that the settings use. Raises SignInFailed for the first one that fails."""
        for report in await self.verify(settings, prepare):
            if not report.success:
                raise SignInFailed(report)

    async def verify(
        self, settings: AccountSettings, prepare: Prepare | None = None, *, mailboxes: bool = False
    ) -> list[SignInReport]:
        """Try IMAP and SMTP at the same time, if the settings have them. IMAP's report comes first.

        `prepare` gets credentials that the settings do not hold. Without it, those in the settings are used.
        """
        tries = []
        if settings.wants_imap:
            tries.append(self.verify_imap(settings, prepare, mailboxes=mailboxes))
        if settings.wants_smtp:
            tries.append(self.verify_smtp(settings, prepare))
        return await together(*tries)

    async def verify_imap(
        self, settings: AccountSettings, prepare: Prepare | None = None, *, mailboxes: bool = False
    ) -> SignInReport:
        """Sign in to the IMAP server and out again; list the folders in between if `mailboxes`."""

        async def sign_in(who: Principal) -> SignInReport:
            opened = await self._sessions.open(who, Purpose(self.patience))
            client, endpoint = opened.client, opened.login.endpoint
            told = client.introduction
            try:
                listed = await read_mailboxes(client, settings.chosen_roles) if mailboxes else None
            except ConnectionFailed as error:
                return SignInReport("imap", endpoint.host, endpoint.port, error.failure)
            finally:
                await client.logout(_LOGOUT_BOUND)
            return SignInReport(
                "imap",
                endpoint.host,
                endpoint.port,
                greeting=told.greeting,
                capabilities=told.capabilities,
                mailboxes=listed,
            )

        return await self._reported("imap", Principal(settings, prepare), sign_in)

    async def verify_smtp(self, settings: AccountSettings, prepare: Prepare | None = None) -> SignInReport:
        """Sign in to the SMTP server and out again."""

        async def sign_in(who: Principal) -> SignInReport:
            opened = await self._sessions.open_to_send(who, Purpose(self.patience))
            await opened.client.leave()
            info, endpoint = opened.client.info, opened.login.endpoint
            return SignInReport(
                "smtp", endpoint.host, endpoint.port, greeting=info.greeting, capabilities=tuple(info.extensions)
            )

        return await self._reported("smtp", Principal(settings, prepare), sign_in)

    @property
    def _sessions(self) -> Sessions:
        return Sessions.of(self.settings, self.lookups, pacing=self.pacing, clock=self.clock).waited_for()

    async def _reported(
        self, protocol: Protocol, who: Principal, sign_in: Callable[[Principal], Awaitable[SignInReport]]
    ) -> SignInReport:
        """Return the result of an attempt. If it reached no server, it names the one in the settings, if any."""
        server = who.settings.server(protocol)
        host, port = (server.host or "", server.port or 0) if server is not None else ("", 0)
        try:
            return await sign_in(who)
        except SessionFailed as error:
            if error.login is not None:
                host, port = error.login.endpoint.host, error.login.endpoint.port
            return SignInReport(protocol, host, port, error.failure)
