"""Tries an account's settings on side connections: sign in to IMAP and SMTP, and say what the servers said."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from postroom.accounts.credentials import MailLogin, NoCredentials, host_policy, imap_login, smtp_login, wants_imap
from postroom.accounts.document import Document
from postroom.clock import now_ms
from postroom.connections.addresses import AddressPolicy
from postroom.connections.failures import ConnectionFailed, Failure, SignInRefused
from postroom.connections.imap_client import SignIn, open_imap
from postroom.connections.smtp_client import check_smtp
from postroom.connections.timeouts import Timeouts
from postroom.errors import Permanent
from postroom.mailboxes.listing import read_mailboxes
from postroom.settings import Settings

Protocol = Literal["imap", "smtp"]
_LOGOUT_BOUND = 2.0


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
    mailboxes: list[dict[str, Any]] | None = None

    @property
    def summary(self) -> str:
        """The outcome in a few words."""
        if self.failure is None:
            return "Signed in"
        if self.failure.kind == "authentication":
            return "Authentication failed"
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
    """Tries settings within the operator's time limits and address policy."""

    settings: Settings
    clock: Callable[[], int] = now_ms

    async def demand(self, full: Document) -> None:
        """Try what the settings document wants to use. Raises SignInFailed for the first protocol that fails."""
        for report in await self.verify(full):
            if not report.success:
                raise SignInFailed(report)

    async def verify(self, full: Document, *, mailboxes: bool = False) -> list[Report]:
        """Try IMAP and SMTP, whichever there are, at the same time; IMAP's report comes first."""
        async with asyncio.TaskGroup() as group:
            tries = []
            if wants_imap(full):
                tries.append(group.create_task(self.verify_imap(full, mailboxes=mailboxes)))
            smtp = full.get("smtp")
            if isinstance(smtp, dict) and not smtp.get("disabled"):
                tries.append(group.create_task(self.verify_smtp(full)))
        return [each.result() for each in tries]

    async def verify_imap(self, full: Document, *, mailboxes: bool = False) -> Report:
        """Sign in to the IMAP server and out again; list the folders meanwhile if `mailboxes`."""
        login = self._login("imap", full)
        if isinstance(login, Report):
            return login
        host, port = login.endpoint.host, login.endpoint.port
        timeouts = Timeouts.of(self.settings)
        try:
            client = await open_imap(login.endpoint, SignIn(login.credentials), timeouts, policy=self._policy(full))
            server = {"greeting": client.info.greeting, "capabilities": sorted(client.capabilities)}
            try:
                listed = await read_mailboxes(client) if mailboxes else None
            finally:
                await client.logout(_LOGOUT_BOUND)
        except (ConnectionFailed, SignInRefused) as error:
            return Report("imap", host, port, error.failure)
        return Report("imap", host, port, server=server, mailboxes=listed)

    async def verify_smtp(self, full: Document) -> Report:
        """Sign in to the SMTP server and out again."""
        login = self._login("smtp", full)
        if isinstance(login, Report):
            return login
        host, port, timeouts = login.endpoint.host, login.endpoint.port, Timeouts.of(self.settings)
        name = str(full.get("smtpEhloName") or socket.gethostname() or "localhost")
        try:
            info = await check_smtp(login.endpoint, login.credentials, timeouts, name, policy=self._policy(full))
        except (ConnectionFailed, SignInRefused) as error:
            return Report("smtp", host, port, error.failure)
        return Report("smtp", host, port, server={"greeting": info.greeting, "capabilities": list(info.extensions)})

    def _policy(self, full: Document) -> AddressPolicy:
        return host_policy(full, AddressPolicy(self.settings.host_policy))

    def _login(self, protocol: Protocol, full: Document) -> MailLogin | Report:
        """Return the sign-in, or the report when the settings do not hold one."""
        make = imap_login if protocol == "imap" else smtp_login
        try:
            return make(full, now=self.clock(), ca_file=self.settings.ca_file)
        except NoCredentials as error:
            block = full.get(protocol) or {}
            failure = Failure(
                "authentication", "login", error.code, error.message, "Send the credentials and try again."
            )
            return Report(protocol, str(block.get("host") or ""), int(block.get("port") or 0), failure)
