"""A live IMAP session: open it, run commands, idle and log out, each within a time limit."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import field, replace
from functools import partial
from typing import Any, Final, TypeVar

from postroom.connections.clients.idling import Idling
from postroom.connections.clients.introduction import Introduction, introduction
from postroom.connections.clients.patience import answered, let_go, seen
from postroom.connections.clients.session import News, Session
from postroom.connections.failures import ConnectionLost, failed
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LooksUp
from postroom.connections.phases import phase
from postroom.connections.progress import Progress, unwatched
from postroom.connections.sockets import endpoint as endpoints
from postroom.connections.sockets.endpoint import ConnectWay, Endpoint
from postroom.connections.sockets.tls import NotTls, tls_context
from postroom.connections.sockets.wrong_secure import Beside, WrongSecure, as_greeting
from postroom.connections.timeouts import Timeouts
from postroom.connections.transcripts.tap import NO_TAP, Tap
from postroom.footprint.dataclass import dataclass
from postroom.imap.commands.command import Command, Composite
from postroom.imap.commands.session import Logout
from postroom.imap.credentials import Credentials
from postroom.imap.dialogue.events import Event, GreetingReceived
from postroom.imap.dialogue.handshake import LoginPlan, Run, SessionInfo, StartTls, Step, WaitGreeting, handshake
from postroom.imap.errors import CommandFailed, ImapError, LocalProtocolError
from postroom.imap.limits import Limits
from postroom.imap.selected import SelectedMailbox

__all__ = ["Credentials", "ImapClient", "LocalProtocolError", "News", "Security", "SignIn", "open_imap"]

# Commands that need little work. The whole answer must arrive within the limit for one silence, even if it trickles in.
_BRIEF: Final = frozenset({"CAPABILITY", "CLOSE", "ENABLE", "ID", "LOGOUT", "NAMESPACE", "NOOP", "UNSELECT"})

T = TypeVar("T")
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who signs in, and how: `client_id`, `enable` and `avoid` are those of `LoginPlan`."""

    credentials: Credentials
    client_id: Mapping[str, str | None] = field(default_factory=dict)
    enable: tuple[str, ...] = ()
    avoid: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Security:
    """The encryption of a session: `version` is, for example, "TLSv1.3"; both are empty in plaintext."""

    version: str = ""
    cipher: str = ""


async def open_imap(
    endpoint: Endpoint,
    sign_in: SignIn,
    timeouts: Timeouts,
    *,
    policy: AddressPolicy = AddressPolicy.ANY,
    lookups: LooksUp,
    limits: Limits | None = None,
    progress: Progress = unwatched,
    tap: Tap = NO_TAP,
) -> ImapClient:
    """A session that is logged in and ready for SELECT; `progress` is called after each step.

    Raises ConnectionFailed or SignInRefused, whose `failure` tells the phase and what to do.
    """
    async with phase("dns", timeouts.connect):
        way = await endpoints.resolve(endpoint, policy, lookups)
    async with phase("connect", timeouts.connect):
        connection = await endpoints.connect(way)
    progress("connect", {})
    plan = _plan(way, sign_in, may_go_plain=endpoint.may_go_plain(connection))
    way = replace(way, endpoint=replace(endpoint, verify=endpoint.checks_certificate(connection)))
    beside = None if plan.implicit_tls or endpoint.met else Beside.of("imap", way, connection)
    session = Session(limits, sign_in.credentials.secrets, tap)
    try:
        if plan.implicit_tls:
            await _start_tls(session, way, timeouts, connection)
            progress("tls", _protection(session))
        else:
            async with phase("connect", timeouts.connect):
                await session.attach(connection)
        info = await _open(session, way, plan, timeouts, progress, partial(_greeting, session, timeouts, beside))
    except BaseException as error:
        session.end(error)
        raise
    return ImapClient(session, info, timeouts)


def _plan(way: ConnectWay, sign_in: SignIn, *, may_go_plain: bool) -> LoginPlan:
    credentials = sign_in.credentials
    if not credentials.host:
        credentials = replace(credentials, host=way.host.name, port=way.endpoint.port)
    return LoginPlan(
        credentials,
        implicit_tls=way.endpoint.tls == "implicit",
        allow_plaintext=may_go_plain,
        client_id=sign_in.client_id,
        enable=sign_in.enable,
        avoid=sign_in.avoid,
    )


async def _start_tls(
    session: Session, way: ConnectWay, timeouts: Timeouts, connection: socket.socket | None = None
) -> None:
    """Start TLS. A fresh `connection` is attached only then, so that nothing is read from it in plain text."""
    async with phase("tls", timeouts.tls, secrets=session.secrets):
        endpoint = way.endpoint
        context = tls_context(endpoint.verify is not False, endpoint.min_version, endpoint.ca_file)
        session.expect_tls(context, way.server_name)
        if connection is not None:
            await session.attach(connection)
        try:
            await session.handshake()
        except NotTls as error:
            said = as_greeting("imap", error.said) if connection is not None else None
            raise (error if said is None else WrongSecure("imap", said=said)) from None


async def _open(
    session: Session,
    way: ConnectWay,
    plan: LoginPlan,
    timeouts: Timeouts,
    progress: Progress,
    greeting: Callable[[], Awaitable[Event]],
) -> SessionInfo:
    """Carry out the handshake, starting with the greeting."""
    began = asyncio.get_running_loop().time()

    async def carry_out(step: Step) -> Any:
        nonlocal began
        match step:
            case WaitGreeting():
                event = await greeting()
                began = asyncio.get_running_loop().time()
                if isinstance(event, GreetingReceived):
                    progress("greeting", {"greeting": event.response.text, "capabilities": sorted(event.capabilities)})
                return event
            case Run(command=command):
                session.opening = "tls" if command.name == "STARTTLS" else "login"
                # All commands share one limit: a server that trickles remarks must not hold its sign-in slot for ever.
                result = await _run(session, command, timeouts, timeouts.command, since=began)
                _tell(progress, command, result)
                return result
            case StartTls():
                await _start_tls(session, way, timeouts)
                progress("starttls", _protection(session))
                session.connection.tls_started()
                session.flush()
                return None

    try:
        info = await _drive(handshake(plan), carry_out)
    except ConnectionLost as error:
        # Judged again with the credentials, because the server's last words may repeat them.
        cause, where = session.failure or error, error.failure.phase
        raise failed(cause, where, secrets=session.secrets, remarks=session.remarks) from error
    except ImapError as error:
        raise failed(error, "login", secrets=session.secrets, remarks=session.remarks) from error
    session.opening, session.remarks, session.greeting = None, (), None
    return info


def _protection(session: Session) -> dict[str, str | bytes]:
    version, cipher = session.security or ("", "")
    return {"version": version, "cipher": cipher, "certificate": session.certificate}


def _tell(progress: Progress, command: Command[Any], result: Any) -> None:
    if command.name == "CAPABILITY":
        progress("capabilities", {"capabilities": sorted(result)})
    elif command.name in ("LOGIN", "AUTHENTICATE"):
        progress("login", {"mechanism": getattr(command, "mechanism", command.name)})


async def _greeting(session: Session, timeouts: Timeouts, beside: Beside | None) -> Event:
    """Wait for the greeting. In plain text, `beside` finds out whether the server waits for TLS."""
    async with phase("greeting", timeouts.greeting, secrets=session.secrets):
        if session.greeting is None and session.failure is None:
            await (session.wait() if beside is None else beside.unless_tls(session.wait, timeouts.greeting))
    if session.greeting is None:
        raise session.lost("greeting")
    return session.greeting


async def _drive(steps: Generator[S, Any, T], carry_out: Callable[[S], Awaitable[Any]]) -> T:
    """Carry out the steps that a generator yields, send it results and refusals, and return its return value."""
    try:
        step = next(steps)
        while True:
            try:
                outcome = await carry_out(step)
            except CommandFailed as refusal:
                step = steps.throw(refusal)
            else:
                step = steps.send(outcome)
    except StopIteration as end:
        result: T = end.value
        return result
    finally:
        steps.close()


async def _run(
    session: Session, command: Command[T], timeouts: Timeouts, total: float, since: float | None = None
) -> T:
    answer = session.send(command)
    try:
        return await answered(session, answer, command.name, timeouts.command, total, since)
    finally:
        let_go(answer)


class ImapClient:
    """One open session, made by `open_imap`; it belongs to one event loop.

    Any number of tasks may `run` commands at once; the connection decides which may be in flight together. A cancelled
    call leaves the session usable: the server's answer is read and dropped.
    """

    __slots__ = ("_idling", "_session", "_timeouts", "info", "interrupted")

    def __init__(self, session: Session, info: SessionInfo, timeouts: Timeouts) -> None:
        self._session = session
        self._timeouts = timeouts
        self._idling = Idling(session, timeouts)
        self.info = info
        # Whether a caller gave up waiting for the answer to a command.
        self.interrupted = False

    @property
    def capabilities(self) -> frozenset[str]:
        """The server's capabilities after login, in upper case; ask with `postroom.imap.capabilities.supports`."""
        return self.info.capabilities

    @property
    def introduction(self) -> Introduction:
        """How the server describes itself, without secrets, so that it can be stored and shown."""
        return introduction(self.info, self._session.secrets)

    @property
    def selected(self) -> SelectedMailbox | None:
        """The selected mailbox, kept up to date with what the server tells."""
        return self._session.connection.selected

    @property
    def security(self) -> Security:
        """The encryption of the session."""
        return Security(*(self._session.security or ()))

    @property
    def pending(self) -> int:
        """The number of commands without an answer."""
        return self._session.pending

    @property
    def closed(self) -> bool:
        """Whether the session has ended."""
        return self._session.failure is not None

    async def run(self, command: Command[T], *, within: float | None = None) -> T:
        """Send a command and return its result; `within` seconds replace the usual limit on its whole time.

        Raises CommandFailed for NO and BAD, LocalProtocolError when the command may not be sent, and ConnectionLost
        when the session ended. A server that is silent for too long ends it too.
        """
        limit = self._timeouts.command if command.name in _BRIEF else self._timeouts.command_total
        try:
            return await _run(self._session, command, self._timeouts, within or limit)
        except asyncio.CancelledError:
            self.interrupted = True
            raise

    def begin(self, command: Command[T]) -> asyncio.Future[T]:
        """Send a command whose answer is read later, or never; it has no time limit.

        Raises ConnectionLost when the session has ended, LocalProtocolError when the command may not be sent.
        """
        answer = self._session.send(command)
        answer.add_done_callback(seen)
        return answer

    async def perform(self, composite: Composite[T]) -> T:
        """Run the commands of one operation and return its result; raises what `run` raises."""
        return await _drive(composite, self.run)

    async def idle(self, timeout: float, *, reads_on: bool = False) -> list[News]:
        """Wait in IDLE for news from the server, at most `timeout` seconds, and return them (possibly none).

        News that arrived during other commands are returned at once; the newest 1,000 are kept. Running a command or
        calling `wake` ends the wait early. Only one task at a time may idle. With a server that `reads_on` after DONE,
        news are returned before it has answered DONE, which goes out together with the next command.

        Raises CommandFailed if the server refuses IDLE, and ConnectionLost if the session ended or the server does not
        answer DONE. That is how a dead peer is noticed. If the server `reads_on`, the next call may raise them.
        """
        return await self._idling.wait(timeout, reads_on=reads_on)

    def wake(self) -> None:
        """End the current `idle`, or the next one if none is running."""
        self._session.wake()

    def take_news(self) -> list[News]:
        """The news since the last call, without waiting."""
        return self._session.take_news()

    async def logout(self, bound: float) -> None:
        """Send LOGOUT, wait at most `bound` seconds for the answer, and close, even when cancelled. Never fails."""
        try:
            if not self.closed:
                with suppress(ImapError, ConnectionLost, TimeoutError):
                    async with asyncio.timeout(bound):
                        await self.run(Logout())
        finally:
            self.close()

    def when_ended(self, told: Callable[[], None]) -> None:
        """Call `told` once when the session ends, or at once if it has ended. Earlier callbacks run first."""
        if self.closed:
            told()
            return
        before = self._session.when_ended
        if before is None:
            self._session.when_ended = told
            return

        def both() -> None:
            before()
            told()

        self._session.when_ended = both

    def close(self) -> None:
        """End the session at once; calls that still wait raise ConnectionLost."""
        self._session.end(ConnectionResetError("The session was closed"), politely=True)
