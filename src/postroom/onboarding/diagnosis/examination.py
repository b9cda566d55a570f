"""Runs the steps of connecting to the servers of one account, and notes each in a trail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any, Final, TypeVar

from postroom.accounts.settings.values import AccountSettings
from postroom.connections.clients.imap_client import ImapClient
from postroom.connections.clients.smtp_client import SmtpSession
from postroom.connections.failures import ConnectionFailed, SignInRefused
from postroom.connections.pacing.limits import SignInPacing
from postroom.connections.phases import phase
from postroom.connections.progress import OpeningStep, Progress
from postroom.connections.sockets.endpoint import Endpoint
from postroom.credentials.auth_server import lending_block
from postroom.footprint.dataclass import dataclass
from postroom.mailboxes.folders.listing import open_inbox, read_mailboxes
from postroom.onboarding.diagnosis.reaching import CERTIFICATE_CODES, note_certificate, reach, unverified_certificate
from postroom.onboarding.diagnosis.trail import Trail
from postroom.sessions.failures import SessionFailed
from postroom.sessions.opening import Opened, Sessions, treatment
from postroom.sessions.principal import Prepare, Principal
from postroom.sessions.purpose import PATIENCE, Purpose, Ready

__all__ = ["Examination"]

T = TypeVar("T", ImapClient, SmtpSession)

_IDLE_FOR: Final = 0.5
_IDLE_BOUND: Final = 15.0
_LOGOUT_BOUND: Final = 2.0


class _Unreachable(Exception):
    """The server cannot be reached, and a step says why, so no session is opened."""


@dataclass(frozen=True, slots=True)
class Examination:
    """The settings of one account under examination. `prepare` gets credentials that the settings do not hold.

    `visits` limits how many examinations use one host at a time, including connections and sessions.
    """

    settings: AccountSettings
    sessions: Sessions
    prepare: Prepare | None
    visits: SignInPacing

    async def imap(self, trail: Trail) -> None:
        """Sign in to the IMAP server, and do what a live account does in a session."""
        async with AsyncExitStack() as visit:
            client = await self._sign_in(trail, visit, self.sessions.open)
            if client is None:
                return
            try:
                await _use(trail, client, self.settings.chosen_roles)
            finally:
                await client.logout(_LOGOUT_BOUND)

    async def smtp(self, trail: Trail) -> None:
        """Sign in to the SMTP server."""
        async with AsyncExitStack() as visit:
            session = await self._sign_in(trail, visit, self.sessions.open_to_send)
            if session is not None:
                session.close()

    async def _sign_in(
        self,
        trail: Trail,
        visit: AsyncExitStack,
        open_session: Callable[[Principal, Purpose], Awaitable[Opened[T]]],
    ) -> T | None:
        """Open a session as the live account does; on failure return None, and note a step that says why.

        The place at the host is held until the end of the `visit`.
        """
        server = self.settings.server(trail.protocol)
        if server is not None:
            trail.host, trail.port = server.host or "", server.port or 0
        reached = 0

        async def ready(given: Ready) -> None:
            nonlocal reached
            self._note_credentials(trail, given)
            if given.refused is None:
                await self._reach(trail, visit, given.login.endpoint)
                reached = len(trail.steps)

        purpose = Purpose(PATIENCE, ready=ready, renewing=lambda: trail.rewind(reached), progress=_listener(trail))
        try:
            return (await open_session(Principal(self.settings, self.prepare), purpose)).client
        except _Unreachable:
            return None
        except SessionFailed as error:
            await self._note_failure(trail, error)
            return None

    async def _reach(self, trail: Trail, visit: AsyncExitStack, endpoint: Endpoint) -> None:
        """Take a place at the host, and connect to it. On failure note a step that says why and raise _Unreachable."""
        try:
            await visit.enter_async_context(self.visits.sign_in(endpoint.host, PATIENCE))
        except ConnectionFailed as error:
            trail.fail("turn", error.failure)
            raise _Unreachable from None
        trail.begin()
        sessions = self.sessions
        limit, policy = sessions.timeouts.connect, sessions.policy_of(self.settings)
        if not await reach(trail, endpoint, policy, sessions.lookups, limit):
            raise _Unreachable

    def _note_credentials(self, trail: Trail, given: Ready) -> None:
        """Add the steps that got the credentials, if there were any."""
        trail.host, trail.port = given.login.endpoint.host, given.login.endpoint.port
        trail.secrets = given.login.secrets
        prepared = given.prepared
        oauth2 = prepared.settings.oauth2
        if prepared.lent and lending_block(self.settings, trail.protocol) is not None:
            trail.ok("auth-server")
        if prepared.renewable and oauth2 is not None:
            told = {"provider": oauth2.provider, "expires": oauth2.expires}
            if given.refused is None:
                trail.ok("oauth2-token", told)
            else:
                trail.warn("oauth2-token", "The server refused the access token, so another one was fetched.", told)

    async def _note_failure(self, trail: Trail, error: SessionFailed) -> None:
        """Add the step that failed, with the certificate if that was the reason."""
        failure, login = error.failure, error.login
        if login is None or error.stage == "turn":
            trail.fail(error.stage, failure)
            return
        endpoint = login.endpoint
        names = {"tls": "tls" if endpoint.tls == "implicit" else "starttls", "dns": "dns", "connect": "connect"}
        ms = trail.taken
        is_certificate = failure.code in CERTIFICATE_CODES
        told = await unverified_certificate(endpoint, self._looking(trail)) if is_certificate else {}
        trail.fail(names.get(failure.phase, failure.phase), failure, told, ms=ms)

    def _looking(self, trail: Trail) -> Callable[[Endpoint, Progress], Awaitable[None]]:
        async def look(endpoint: Endpoint, progress: Progress) -> None:
            await self.sessions.look(endpoint, trail.protocol, self.settings, progress)

        return look


def _listener(trail: Trail) -> Progress:
    """Return a callback that notes each step of an opening in the trail."""

    def note(step: OpeningStep, told: Mapping[str, Any]) -> None:
        if step == "connect":
            # Each address family was tried before.
            trail.begin()
        elif step in ("tls", "starttls"):
            note_certificate(trail, step, told)
        elif step == "greeting" and "capabilities" in told:
            # A greeting may include the capabilities, so that they need not be asked for.
            trail.ok(step, {"greeting": told["greeting"]})
            if told["capabilities"]:
                trail.ok("capabilities", {"capabilities": told["capabilities"]})
        elif step == "capabilities":
            trail.renew(step, dict(told))
        else:
            trail.ok(step, dict(told))

    return note


async def _use(trail: Trail, client: ImapClient, chosen: Mapping[str, str]) -> None:
    """Do what a live account does in a session."""
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
        # Any news are ignored. The test is whether IDLE begins and ends.
        async with phase("idle", _IDLE_BOUND):
            await client.idle(_IDLE_FOR)
        trail.ok("idle")
    except (ConnectionFailed, SignInRefused) as error:
        trail.fail("idle" if any(step.name == "folders" for step in trail.steps) else "folders", error.failure)
