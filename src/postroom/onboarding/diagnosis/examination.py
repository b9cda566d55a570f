"""Goes through the steps of connecting to the servers of one account, and notes each in a trail."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias, TypeVar

from postroom.accounts.settings.document import Document
from postroom.connections.clients.imap_client import Credentials, ImapClient, SignIn, open_imap
from postroom.connections.clients.smtp_client import open_smtp
from postroom.connections.failures import NO_TURN, ConnectionFailed, Failure, SignInRefused
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.pacing.limits import SignInPacing
from postroom.connections.phases import phase
from postroom.connections.progress import OpeningStep, Progress
from postroom.connections.sockets.endpoint import Endpoint
from postroom.credentials.access_tokens import Prepared
from postroom.credentials.auth_server import AuthServerRefused, AuthServerUnavailable, lending_block
from postroom.credentials.logins import MailLogin, host_policy, imap_login, smtp_login
from postroom.credentials.refusals import UNPREPARED, Unprepared, unprepared_failure
from postroom.mail.roles import chosen_roles
from postroom.mailboxes.listing import open_inbox, read_mailboxes
from postroom.oauth2.exchange import TokenRefused, TokenUnavailable
from postroom.onboarding.diagnosis.reaching import CERTIFICATE_CODES, note_certificate, reach, unverified_certificate
from postroom.onboarding.diagnosis.trail import Trail
from postroom.onboarding.verify import PATIENCE
from postroom.sessions.opening import Opening, treatment
from postroom.settings import Settings

__all__ = ["Examination", "Prepare"]

Prepare: TypeAlias = Callable[..., Awaitable[Prepared]]
T = TypeVar("T")

_IDLE_FOR: Final = 0.5
_IDLE_BOUND: Final = 15.0
_LOGOUT_BOUND: Final = 2.0
_NOBODY: Final = Credentials("nobody", "nothing")


@dataclass(frozen=True, slots=True)
class Examination:
    """The settings of one account under examination; `prepare` gets the credentials that they do not hold.

    `visits` bounds how many examinations may be at one host, connections and sessions included.
    """

    full: Document
    settings: Settings
    opening: Opening
    clock: Callable[[], int]
    prepare: Prepare | None
    visits: SignInPacing

    async def imap(self, trail: Trail) -> None:
        """Sign in to the IMAP server, and do with the session what a live account does with it."""

        async def open_it(login: MailLogin) -> ImapClient:
            return await self.opening.open(login, self.full, patience=PATIENCE, progress=_listener(trail))

        async def look(endpoint: Endpoint, progress: Progress) -> ImapClient:
            return await open_imap(
                endpoint,
                SignIn(_NOBODY),
                self.opening.timeouts,
                policy=self._policy,
                lookups=self.opening.lookups,
                progress=progress,
            )

        async with AsyncExitStack() as visit:
            client = await self._sign_in(trail, visit, imap_login, open_it, look)
            if client is None:
                return
            try:
                await _use(trail, client, chosen_roles(self.full.get("imap")))
            finally:
                await client.logout(_LOGOUT_BOUND)

    async def smtp(self, trail: Trail) -> None:
        """Sign in to the SMTP server."""
        name = str(self.full.get("smtpEhloName") or socket.gethostname() or "localhost")

        async def look(endpoint: Endpoint, progress: Progress, credentials: Credentials | None = None) -> None:
            client, _ = await open_smtp(
                endpoint,
                credentials,
                self.opening.timeouts,
                name,
                policy=self._policy,
                lookups=self.opening.lookups,
                progress=progress,
            )
            client.close()

        async def open_it(login: MailLogin) -> None:
            async with self.opening.pacing.sign_in(login.endpoint.host, PATIENCE):
                await look(login.endpoint, _listener(trail), login.credentials)

        async with AsyncExitStack() as visit:
            await self._sign_in(trail, visit, smtp_login, open_it, look)

    async def _reach(self, trail: Trail, endpoint: Endpoint) -> bool:
        return await reach(trail, endpoint, self._policy, self.opening.lookups, self.opening.timeouts.connect)

    @property
    def _policy(self) -> AddressPolicy:
        return host_policy(self.full, self.opening.policy)

    async def _sign_in(
        self,
        trail: Trail,
        visit: AsyncExitStack,
        make: Callable[..., MailLogin],
        open_it: Callable[[MailLogin], Awaitable[T]],
        look: Callable[[Endpoint, Progress], Awaitable[object]],
    ) -> T | None:
        """Sign in, once more with another access token if the first is refused and can be replaced: so does an account.

        The place at the host is kept until the end of the `visit`. `look` opens a connection without signing in. None,
        and a step that says why, when it does not work.
        """
        login, can_replace = await self._login(trail, make)
        if login is None or not await self._come_in(trail, visit, login.endpoint.host):
            return None
        if not await self._reach(trail, login.endpoint):
            return None
        reached = len(trail.steps)
        try:
            try:
                return await open_it(login)
            except SignInRefused:
                if not can_replace:
                    raise
            trail.rewind(reached)
            login, _ = await self._login(trail, make, login.credentials.access_token)
            return await open_it(login) if login is not None else None
        except (ConnectionFailed, SignInRefused) as error:
            if login is not None:
                await _note_failure(trail, login.endpoint, error.failure, look)
            return None

    async def _come_in(self, trail: Trail, visit: AsyncExitStack, host: str) -> bool:
        try:
            await visit.enter_async_context(self.visits.sign_in(host, PATIENCE))
        except ConnectionFailed as error:
            trail.fail("turn", error.failure)
            return False
        trail.begin()
        return True

    async def _login(
        self, trail: Trail, make: Callable[..., MailLogin], refused: str | None = None
    ) -> tuple[MailLogin | None, bool]:
        """The sign-in, and whether its access token can be replaced; None, and a step that says so, when there is none.

        `refused` is a token that the server did not take.
        """
        block = self.full.get(trail.protocol)
        if isinstance(block, dict):
            trail.host, trail.port = str(block.get("host") or ""), int(block.get("port") or 0)
        try:
            prepared = await self._prepared(trail, refused)
            login = make(prepared.document, now=self.clock(), ca_file=self.settings.ca_file, provider=prepared.provider)
        except UNPREPARED as error:
            trail.fail(_preparing_step(error), unprepared_failure(error))
            return None, False
        trail.host, trail.port = login.endpoint.host, login.endpoint.port
        trail.secrets = login.secrets
        return login, prepared.renewable

    async def _prepared(self, trail: Trail, refused: str | None) -> Prepared:
        """The document with an access token that is good, and the provider of its application."""
        if self.prepare is None:
            return Prepared(self.full)
        prepared = await self.prepare(self.full, protocol=trail.protocol, refused=refused)
        oauth2 = prepared.document.get("oauth2")
        if prepared.lent and lending_block(self.full, trail.protocol) is not None:
            trail.ok("auth-server")
        if prepared.renewable and oauth2:
            told = {"provider": oauth2.get("provider"), "expires": oauth2.get("expires")}
            if refused is None:
                trail.ok("oauth2-token", told)
            else:
                trail.warn("oauth2-token", "The server refused the access token, so another one was fetched.", told)
        return prepared


def _preparing_step(error: Unprepared) -> str:
    match error:
        case TokenRefused() | TokenUnavailable():
            return "oauth2-token"
        case AuthServerRefused() | AuthServerUnavailable():
            return "auth-server"
    return "credentials"


def _listener(trail: Trail) -> Progress:
    """Notes each step of an opening in the trail."""

    def note(step: OpeningStep, told: Mapping[str, Any]) -> None:
        if step == "connect":
            # Tried for each address family before.
            trail.begin()
        elif step in ("tls", "starttls"):
            note_certificate(trail, step, told)
        elif step == "greeting" and "capabilities" in told:
            # A greeting may tell them at once, which saves the question.
            trail.ok(step, {"greeting": told["greeting"]})
            if told["capabilities"]:
                trail.ok("capabilities", {"capabilities": told["capabilities"]})
        elif step == "capabilities":
            trail.renew(step, dict(told))
        else:
            trail.ok(step, dict(told))

    return note


async def _note_failure(trail: Trail, endpoint: Endpoint, failure: Failure, open_it: Callable[..., Any]) -> None:
    """Add the step that failed, with the certificate if it was about that."""
    if failure.code in NO_TURN:
        trail.fail("turn", failure)
        return
    names = {"tls": "tls" if endpoint.tls == "implicit" else "starttls", "dns": "dns", "connect": "connect"}
    name = names.get(failure.phase, failure.phase)
    trail.fail(name, failure)
    if failure.code in CERTIFICATE_CODES:
        told = await unverified_certificate(endpoint, open_it)
        trail.steps[-1] = replace(trail.steps[-1], told=told)


async def _use(trail: Trail, client: ImapClient, chosen: Mapping[str, str]) -> None:
    """Do with the session what a live account does with it."""
    trail.begin()
    try:
        folders = await read_mailboxes(client, chosen)
        roles = sorted({folder["specialUse"] for folder in folders if "specialUse" in folder})
        told = {"count": len(folders), "roles": roles, "messagesInInbox": await open_inbox(client)}
        trail.ok("folders", told)
        quirks = treatment(client, trail.host)
        if not quirks.may_idle(client.capabilities):
            why = "The server does not offer IDLE" if quirks.idles else "IDLE does not work well with this server"
            trail.warn("idle", f"{why}: new mail is polled for.")
            return
        # News, if there are any, are nobody's here; what counts is that IDLE begins and ends.
        async with phase("idle", _IDLE_BOUND):
            await client.idle(_IDLE_FOR)
        trail.ok("idle")
    except (ConnectionFailed, SignInRefused) as error:
        trail.fail("idle" if any(step.name == "folders" for step in trail.steps) else "folders", error.failure)
