"""Finds out what is wrong with an account's settings: every step of connecting, timed, and one verdict."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from postroom.accounts.access_tokens import Prepared
from postroom.accounts.auth_server import AuthServerRefused, AuthServerUnavailable, lending_block
from postroom.accounts.credentials import MailLogin, host_policy, imap_login, smtp_login, wants_imap
from postroom.accounts.document import Document
from postroom.accounts.refusals import UNPREPARED, Unprepared, unprepared_failure
from postroom.accounts.token_life import uses_oauth2
from postroom.clock import now_ms
from postroom.connections.addresses import AddressPolicy
from postroom.connections.client_id import CLIENT_ID
from postroom.connections.endpoint import Endpoint
from postroom.connections.failures import ConnectionFailed, Failure, SignInRefused, judge
from postroom.connections.imap_client import Credentials, ImapClient, SignIn, open_imap
from postroom.connections.phases import phase
from postroom.connections.progress import OpeningStep, Progress
from postroom.connections.smtp_client import open_smtp
from postroom.connections.timeouts import Timeouts
from postroom.mailboxes.listing import open_inbox, read_mailboxes
from postroom.oauth2.exchange import TokenRefused, TokenUnavailable
from postroom.oauth2.providers import Provider
from postroom.onboarding.reaching import CERTIFICATE_CODES, note_certificate, reach, unverified_certificate
from postroom.onboarding.trail import Protocol, Step, Trail
from postroom.onboarding.verdict import Verdict, conclude
from postroom.settings import Settings
from postroom.sync.quirks import quirks_for
from postroom.tasks import together

__all__ = ["Diagnosis", "diagnose", "shown"]

Prepare: TypeAlias = Callable[..., Awaitable[Prepared]]

LIMIT: Final = 90.0
"""Seconds for everything; both protocols are examined at the same time."""

_IDLE_FOR: Final = 0.5
_LOGOUT_BOUND: Final = 2.0
_NOBODY: Final = Credentials("nobody", "nothing")
_QUICKLY: Final = Timeouts(connect=10.0, tls=10.0, greeting=10.0, command=15.0, command_total=30.0, idle_end=10.0)
_STEPS: Final[Mapping[Protocol, tuple[str, ...]]] = {
    "imap": ("greeting", "login", "folders", "idle"),
    "smtp": ("greeting", "login"),
}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was done and what it means."""

    trails: tuple[Trail, ...]
    verdict: Verdict

    @property
    def healthy(self) -> bool:
        """Whether something was tried and all of it went well."""
        return bool(self.trails) and all(trail.failure is None for trail in self.trails)


async def diagnose(
    full: Document,
    settings: Settings,
    *,
    prepare: Prepare | None = None,
    clock: Callable[[], int] = now_ms,
    limit: float = LIMIT,
) -> Diagnosis:
    """Examine IMAP and SMTP of a full settings document, whichever are in use. Shows no secret.

    Nothing is changed, but that `prepare`, which is `AccessTokens.prepare` of a stored account, renews an OAuth2 access
    token that is due. Without it the token in the document is used as it is.
    """
    policy = host_policy(full, AddressPolicy(settings.host_policy))
    examination = _Examination(full, settings, _bounded(settings), policy, clock, prepare)
    running = []
    if wants_imap(full):
        running.append(_in_time(examination.imap, "imap", limit))
    smtp = full.get("smtp")
    # Without settings of its own an OAuth2 account submits to the server of its provider, if that is known.
    is_implied = smtp is None and uses_oauth2(full, "smtp")
    if is_implied or (isinstance(smtp, dict) and not smtp.get("disabled")):
        running.append(_in_time(examination.smtp, "smtp", limit))
    trails = tuple(trail for trail in await together(*running) if not (is_implied and _is_unknown(trail)))
    return Diagnosis(trails, conclude(trails))


def _is_unknown(trail: Trail) -> bool:
    return trail.protocol == "smtp" and any(step.name == "credentials" for step in trail.steps)


def _bounded(settings: Settings) -> Timeouts:
    """The operator's limits, where they are shorter than ours: somebody waits for the answer."""
    given = Timeouts.of(settings)
    names = Timeouts.__slots__
    return Timeouts(**{name: min(getattr(given, name), getattr(_QUICKLY, name)) for name in names})


async def _in_time(examine: Callable[[Trail], Coroutine[Any, Any, None]], protocol: Protocol, limit: float) -> Trail:
    trail = Trail(protocol)
    try:
        async with asyncio.timeout(limit):
            await examine(trail)
    except TimeoutError:
        failure = judge(TimeoutError(f"The examination was given up after {limit:g} s"), "connect")
        trail.fail("time", failure)
    if trail.failure is not None:
        trail.skip(_STEPS[protocol], "An earlier step failed.")
    return trail


@dataclass(frozen=True, slots=True)
class _Examination:
    full: Document
    settings: Settings
    timeouts: Timeouts
    policy: AddressPolicy
    clock: Callable[[], int]
    prepare: Prepare | None

    async def imap(self, trail: Trail) -> None:
        login = await self._login(trail, imap_login)
        if login is None or not await reach(trail, login.endpoint, self.policy, self.timeouts.connect):
            return
        client: ImapClient | None = None

        async def open_it(endpoint: Endpoint, progress: Progress, credentials: Credentials = _NOBODY) -> ImapClient:
            return await open_imap(
                endpoint, SignIn(credentials, CLIENT_ID), self.timeouts, policy=self.policy, progress=progress
            )

        try:
            client = await open_it(login.endpoint, _listener(trail), login.credentials)
        except (ConnectionFailed, SignInRefused) as error:
            await _note_failure(trail, login.endpoint, error.failure, open_it)
            return
        try:
            await _use(trail, client)
        finally:
            await client.logout(_LOGOUT_BOUND)

    async def smtp(self, trail: Trail) -> None:
        login = await self._login(trail, smtp_login)
        if login is None or not await reach(trail, login.endpoint, self.policy, self.timeouts.connect):
            return
        name = str(self.full.get("smtpEhloName") or socket.gethostname() or "localhost")

        async def open_it(endpoint: Endpoint, progress: Progress, credentials: Credentials | None = None) -> None:
            client, _ = await open_smtp(
                endpoint, credentials, self.timeouts, name, policy=self.policy, progress=progress
            )
            client.close()

        try:
            await open_it(login.endpoint, _listener(trail), login.credentials)
        except (ConnectionFailed, SignInRefused) as error:
            await _note_failure(trail, login.endpoint, error.failure, open_it)

    async def _login(self, trail: Trail, make: Callable[..., MailLogin]) -> MailLogin | None:
        """The sign-in; None, and a step that says so, when the settings hold none."""
        block = self.full.get(trail.protocol)
        if isinstance(block, dict):
            trail.host, trail.port = str(block.get("host") or ""), int(block.get("port") or 0)
        try:
            full, provider = await self._with_token(trail)
            login = make(full, now=self.clock(), ca_file=self.settings.ca_file, provider=provider)
        except UNPREPARED as error:
            trail.fail(_preparing_step(error), unprepared_failure(error))
            return None
        trail.host, trail.port = login.endpoint.host, login.endpoint.port
        return login

    async def _with_token(self, trail: Trail) -> tuple[Document, Provider | None]:
        """The document with an access token that is good, and the provider of its application."""
        if self.prepare is None:
            return self.full, None
        prepared = await self.prepare(self.full, protocol=trail.protocol)
        oauth2 = prepared.document.get("oauth2")
        if prepared.lent and lending_block(self.full, trail.protocol) is not None:
            trail.ok("auth-server")
        if prepared.renewable and oauth2:
            trail.ok("oauth2-token", {"provider": oauth2.get("provider"), "expires": oauth2.get("expires")})
        return prepared.document, prepared.provider


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
    names = {"tls": "tls" if endpoint.tls == "implicit" else "starttls", "dns": "dns", "connect": "connect"}
    name = names.get(failure.phase, failure.phase)
    trail.fail(name, failure)
    if failure.code in CERTIFICATE_CODES:
        told = await unverified_certificate(endpoint, open_it)
        trail.steps[-1] = replace(trail.steps[-1], told=told)


async def _use(trail: Trail, client: ImapClient) -> None:
    """Do with the session what a live account does with it."""
    trail.begin()
    try:
        folders = await read_mailboxes(client)
        roles = sorted({folder["specialUse"] for folder in folders if "specialUse" in folder})
        told = {"count": len(folders), "roles": roles, "messagesInInbox": await open_inbox(client)}
        trail.ok("folders", told)
        if "IDLE" not in client.capabilities and "IMAP4REV2" not in client.capabilities:
            trail.warn("idle", "The server does not offer IDLE: new mail is polled for.")
            return
        if not quirks_for(trail.host, client.info.server_id, greeting=client.info.greeting).idles:
            trail.warn("idle", "IDLE does not work well with this server: new mail is polled for.")
            return
        # News, if there are any, are nobody's here; what counts is that IDLE begins and ends.
        async with phase("idle", _QUICKLY.command):
            await client.idle(_IDLE_FOR)
        trail.ok("idle")
    except (ConnectionFailed, SignInRefused) as error:
        trail.fail("idle" if any(step.name == "folders" for step in trail.steps) else "folders", error.failure)


def shown(found: Diagnosis) -> dict[str, Any]:
    """Return a diagnosis as the API answers it."""
    verdict = found.verdict
    about = {"protocol": verdict.protocol, "step": verdict.step, "code": verdict.code}
    return {
        "success": found.healthy,
        "verdict": {
            "class": verdict.kind,
            "cause": verdict.cause,
            "cure": verdict.cure,
            **{name: value for name, value in about.items() if value},
            "remarks": list(verdict.remarks),
        },
        "steps": [_shown_step(step) for trail in found.trails for step in trail.steps],
    }


def _shown_step(step: Step) -> dict[str, Any]:
    told: dict[str, Any] = {"protocol": step.protocol, "step": step.name, "result": step.outcome, "time": step.ms}
    if step.told:
        told["details"] = step.told
    if step.remark:
        told["remark"] = step.remark
    if step.failure is not None:
        told |= {"code": step.failure.code, "response": step.failure.response, "advice": step.failure.advice}
    return told
