"""Tries an account's settings on side connections: sign in to IMAP and SMTP, and say what the servers said."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from postroom.accounts.settings.document import Document
from postroom.clock import now_ms
from postroom.connections.client_id import CLIENT_ID
from postroom.connections.clients.smtp_client import check_smtp
from postroom.connections.failures import ConnectionFailed, Failure, SignInRefused
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LooksUp
from postroom.connections.pacing.limits import SignInPacing
from postroom.connections.pacing.shares import Shares
from postroom.connections.sockets.descriptors import SPARE_CONNECTIONS, budget_of
from postroom.connections.timeouts import Timeouts
from postroom.credentials.access_tokens import Prepared
from postroom.credentials.logins import MailLogin, host_policy, imap_login, smtp_login, wants_imap
from postroom.credentials.refusals import UNPREPARED, unprepared_failure
from postroom.errors import Permanent
from postroom.mail.roles import chosen_roles
from postroom.mail.shapes import FolderObject
from postroom.mailboxes.listing import read_mailboxes
from postroom.mailboxes.quota import read_quota
from postroom.onboarding.quota_memory import Quota, QuotaMemory
from postroom.sessions.opening import Opening
from postroom.settings import Settings
from postroom.tasks import together

Protocol = Literal["imap", "smtp"]
Prepare: TypeAlias = Callable[..., Awaitable[Prepared]]
"""`Trial.prepare`, or `AccessTokens.prepare` of a stored account."""

PATIENCE = 20.0
"""Seconds to wait for a turn at a host: somebody waits for the answer."""

_LOGOUT_BOUND = 2.0


def pacing_of(settings: Settings) -> SignInPacing:
    """Return new slots for sign-ins, as many as the operator and the limit of open files allow."""
    connections = budget_of(settings).connections
    return SignInPacing(Shares(settings.logins_per_host, settings.logins_total, connections, SPARE_CONNECTIONS))


def visits_of(settings: Settings) -> SignInPacing:
    """Return places for visits, which take long by nature: as many as there may be sign-ins."""
    return SignInPacing(Shares(settings.logins_per_host, settings.logins_total, equal=True), takes_long=None)


def opening_of(settings: Settings, pacing: SignInPacing | None, lookups: LooksUp) -> Opening:
    """Return how sessions are opened by the operator's settings, as the live accounts open theirs."""
    given = Timeouts.of(settings)
    # Somebody waits for the answer: a list of folders that trickles in is waited for no longer than for a silence.
    timeouts = replace(given, command_total=given.command)
    policy = AddressPolicy(settings.host_policy)
    return Opening(pacing or pacing_of(settings), timeouts, policy, CLIENT_ID, lookups)


@dataclass(frozen=True, slots=True)
class Report:
    """How one try went. `failure` is None when it succeeded; `server` is what the server told of itself.

    `mailboxes` are the folders as the API lists them, when they were asked for.
    """

    protocol: Protocol
    host: str
    port: int
    failure: Failure | None = None
    server: dict[str, Any] = field(default_factory=dict)
    mailboxes: list[FolderObject] | None = None

    @property
    def summary(self) -> str:
        """The outcome in a few words."""
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

    def details(self) -> dict[str, Any]:
        """What an answer tells about a try that failed: where, in which phase, in whose words, and what to do."""
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
    """The settings do not work; `report` tells why. Nothing was stored."""

    def __init__(self, report: Report) -> None:
        refused = report.failure is not None and report.failure.kind == "authentication"
        super().__init__(report.summary, code="AuthenticationError" if refused else "ConnectionError")
        self.report = report


@dataclass(frozen=True, slots=True)
class Verifier:
    """Tries settings within the operator's time limits and address policy, and within the pacing of the process.

    `pacing` is the one that the live accounts keep to; without it each try is paced by itself, where there are no live
    accounts. `patience` are the seconds to wait for a turn at a host. `quotas` are those of `?quota=true`,
    `visits` bounds diagnoses, which stay connected: as many at a host at once as there may be sign-ins.
    """

    settings: Settings
    lookups: LooksUp
    clock: Callable[[], int] = now_ms
    pacing: SignInPacing | None = None
    visits: SignInPacing | None = None
    patience: float = PATIENCE
    quotas: QuotaMemory = field(default_factory=QuotaMemory)

    async def demand(self, full: Document, prepare: Prepare | None = None) -> None:
        """Try what the settings document wants to use. Raises SignInFailed for the first protocol that fails."""
        for report in await self.verify(full, prepare):
            if not report.success:
                raise SignInFailed(report)

    async def verify(self, full: Document, prepare: Prepare | None = None, *, mailboxes: bool = False) -> list[Report]:
        """Try IMAP and SMTP, whichever there are, at the same time; IMAP's report comes first.

        `prepare` gets the credentials that the document does not hold; without it those in the document are used.
        """
        tries = []
        if wants_imap(full):
            tries.append(self.verify_imap(full, prepare, mailboxes=mailboxes))
        smtp = full.get("smtp")
        if isinstance(smtp, dict) and not smtp.get("disabled"):
            tries.append(self.verify_smtp(full, prepare))
        return await together(*tries)

    async def verify_imap(self, full: Document, prepare: Prepare | None = None, *, mailboxes: bool = False) -> Report:
        """Sign in to the IMAP server and out again; list the folders meanwhile if `mailboxes`."""

        async def sign_in(login: MailLogin) -> Report:
            client = await self._opening.open(login, full, patience=self.patience)
            told = client.introduction
            server = {"greeting": told.greeting, "capabilities": told.capabilities}
            try:
                listed = await read_mailboxes(client, chosen_roles(full.get("imap"))) if mailboxes else None
            finally:
                await client.logout(_LOGOUT_BOUND)
            return Report("imap", login.endpoint.host, login.endpoint.port, server=server, mailboxes=listed)

        return await self._try("imap", full, prepare, sign_in)

    async def verify_smtp(self, full: Document, prepare: Prepare | None = None) -> Report:
        """Sign in to the SMTP server and out again."""
        name = str(full.get("smtpEhloName") or socket.gethostname() or "localhost")

        async def sign_in(login: MailLogin) -> Report:
            opening = self._opening
            policy = host_policy(full, opening.policy)
            async with opening.pacing.sign_in(login.endpoint.host, self.patience):
                info = await check_smtp(
                    login.endpoint,
                    login.credentials,
                    opening.timeouts,
                    name,
                    policy=policy,
                    lookups=opening.lookups,
                )
            server = {"greeting": info.greeting, "capabilities": list(info.extensions)}
            return Report("smtp", login.endpoint.host, login.endpoint.port, server=server)

        return await self._try("smtp", full, prepare, sign_in)

    async def quota(self, full: Document, prepare: Prepare) -> Quota:
        """Ask for the storage quota on a side connection: False when there is none, None when it cannot be asked."""
        found: Quota = None

        async def ask(login: MailLogin) -> Report:
            nonlocal found
            client = await self._opening.open(login, full, patience=self.patience)
            try:
                found = await read_quota(client)
            finally:
                await client.logout(_LOGOUT_BOUND)
            return Report("imap", login.endpoint.host, login.endpoint.port)

        await self._try("imap", full, prepare, ask)
        return found

    @property
    def _opening(self) -> Opening:
        return opening_of(self.settings, self.pacing, self.lookups)

    async def _try(
        self,
        protocol: Protocol,
        full: Document,
        prepare: Prepare | None,
        sign_in: Callable[[MailLogin], Awaitable[Report]],
    ) -> Report:
        """Sign in, once more with another access token if the first one is refused and can be replaced."""
        block = full.get(protocol) or {}
        host, port = str(block.get("host") or ""), int(block.get("port") or 0)
        refused: str | None = None
        while True:
            try:
                login, can_replace = await self._login(protocol, full, prepare, refused)
                host, port = login.endpoint.host, login.endpoint.port
                return await sign_in(login)
            except UNPREPARED as error:
                return Report(protocol, host, port, unprepared_failure(error))
            except ConnectionFailed as error:
                return Report(protocol, host, port, error.failure)
            except SignInRefused as error:
                if refused is not None or not can_replace:
                    return Report(protocol, host, port, error.failure)
                refused = login.credentials.access_token

    async def _login(
        self, protocol: Protocol, full: Document, prepare: Prepare | None, refused: str | None
    ) -> tuple[MailLogin, bool]:
        """Return the sign-in, and whether an access token in it could be replaced."""
        prepared = Prepared(full) if prepare is None else await prepare(full, protocol=protocol, refused=refused)
        make = imap_login if protocol == "imap" else smtp_login
        login = make(prepared.document, now=self.clock(), ca_file=self.settings.ca_file, provider=prepared.provider)
        return login, prepared.renewable
