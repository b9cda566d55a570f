"""A live IMAP session for callers: open it, run commands in it, idle, log out, each within a time limit."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final, TypeVar

from postroom.connections.clients.introduction import Introduction, introduction
from postroom.connections.clients.patience import Patience
from postroom.connections.clients.session import News, Session
from postroom.connections.failures import ConnectionLost, failed
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LooksUp
from postroom.connections.phases import phase
from postroom.connections.progress import Progress, unwatched
from postroom.connections.sockets import endpoint as endpoints
from postroom.connections.sockets.endpoint import Endpoint, Way
from postroom.connections.sockets.tls import NotTls, tls_context
from postroom.connections.sockets.wrong_secure import Beside, WrongSecure, as_greeting
from postroom.connections.timeouts import Timeouts
from postroom.imap.commands.command import Command, Composite
from postroom.imap.commands.idle import Idle
from postroom.imap.commands.session import Logout
from postroom.imap.credentials import Credentials
from postroom.imap.dialogue.events import Event, GreetingReceived
from postroom.imap.dialogue.handshake import LoginPlan, Run, SessionInfo, StartTls, Step, WaitGreeting, handshake
from postroom.imap.errors import CommandFailed, ImapError, LocalProtocolError
from postroom.imap.limits import Limits
from postroom.imap.selected import SelectedMailbox

__all__ = ["Credentials", "ImapClient", "LocalProtocolError", "News", "Security", "SignIn", "open_imap"]

# What a server has at hand: however it drips, it has no more than the time of one silence for these.
_BRIEF: Final = frozenset({"CAPABILITY", "CLOSE", "ENABLE", "ID", "LOGOUT", "NAMESPACE", "NOOP", "UNSELECT"})

T = TypeVar("T")
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who signs in, and what to tell and ask the server: `client_id`, `enable` and `avoid` are as in `LoginPlan`."""

    credentials: Credentials
    client_id: Mapping[str, str | None] = field(default_factory=dict)
    enable: tuple[str, ...] = ()
    avoid: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Security:
    """How the bytes travel: `version` such as "TLSv1.3"; both are empty in plaintext."""

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
) -> ImapClient:
    """A session that is logged in and ready for SELECT; `progress` is told of each step on the way.

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
    session = Session(limits, sign_in.credentials.secrets)
    greeting = partial(_greeting, session, timeouts, beside)
    try:
        if plan.implicit_tls:
            await _start_tls(session, way, timeouts, connection)
            progress("tls", _protection(session))
        else:
            async with phase("connect", timeouts.connect):
                await session.attach(connection)
        info = await _open(session, way, plan, timeouts, progress, greeting)
    except BaseException as error:
        session.end(error)
        raise
    return ImapClient(session, info, timeouts)


def _plan(way: Way, sign_in: SignIn, *, may_go_plain: bool) -> LoginPlan:
    credentials = sign_in.credentials
    if not credentials.host:
        credentials = replace(credentials, host=way.server_name, port=way.endpoint.port)
    return LoginPlan(
        credentials,
        implicit_tls=way.endpoint.tls == "implicit",
        allow_plaintext=may_go_plain,
        client_id=sign_in.client_id,
        enable=sign_in.enable,
        avoid=sign_in.avoid,
    )


async def _start_tls(session: Session, way: Way, timeouts: Timeouts, connection: socket.socket | None = None) -> None:
    """Protect the session; with a fresh `connection`, before anything is read from it."""
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
    way: Way,
    plan: LoginPlan,
    timeouts: Timeouts,
    progress: Progress,
    greeting: Callable[[], Awaitable[Event]],
) -> SessionInfo:
    """Carry out the handshake, from the greeting on."""
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
                # One limit for all of them: a server that drips remarks must not keep its place among the sign-ins.
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
        # Judged again, because the server's last words may repeat our credentials.
        cause, where = session.failure or error, error.failure.phase
        raise failed(cause, where, secrets=session.secrets, remarks=session.remarks) from error
    except ImapError as error:
        raise failed(error, "login", secrets=session.secrets, remarks=session.remarks) from error
    session.opening, session.remarks = None, ()
    return info


def _protection(session: Session) -> dict[str, Any]:
    version, cipher = session.security or ("", "")
    return {"version": version, "cipher": cipher, "certificate": session.certificate}


def _tell(progress: Progress, command: Command[Any], result: Any) -> None:
    if command.name == "CAPABILITY":
        progress("capabilities", {"capabilities": sorted(result)})
    elif command.name in ("LOGIN", "AUTHENTICATE"):
        progress("login", {"mechanism": getattr(command, "mechanism", command.name)})


async def _greeting(session: Session, timeouts: Timeouts, beside: Beside | None) -> Event:
    """Wait for the greeting; in plain text `beside` it is found out whether the server waits for TLS."""
    async with phase("greeting", timeouts.greeting, secrets=session.secrets):
        if session.greeting is None and session.failure is None:
            await (session.wait() if beside is None else beside.unless_tls(session.wait, timeouts.greeting))
    if session.greeting is None:
        raise session.lost("greeting")
    return session.greeting


async def _drive(steps: Generator[S, Any, T], carry_out: Callable[[S], Awaitable[Any]]) -> T:
    """Carry out the steps a generator yields, handing it results and refusals, up to its return value."""
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
        return await _answered(session, answer, command.name, timeouts.command, total, since)
    finally:
        _let_go(answer)


async def _answered(
    session: Session, answer: asyncio.Future[T], name: str, quiet: float, total: float, since: float | None = None
) -> T:
    """The answer. A server that is silent for `quiet` seconds, or not done within `total`, is given up.

    `since` is when the sign-in began that the command belongs to; `total` is then the limit of all of it.
    """
    if answer.done():
        return answer.result()
    patience = Patience(session, name, quiet, total, since)
    try:
        return await answer
    finally:
        patience.end()


def _let_go(answer: asyncio.Future[Any]) -> None:
    """Nobody waits for the answer any more: a late one is dropped, an error is not reported as forgotten."""
    if not answer.cancel() and not answer.cancelled():
        answer.exception()


def _seen(answer: asyncio.Future[Any]) -> None:
    """An error that nobody waits for is not reported as forgotten."""
    if not answer.cancelled():
        answer.exception()


class ImapClient:
    """One open session, made by `open_imap`; it belongs to one event loop.

    Any number of tasks may `run` commands at a time; the connection decides which may be in flight together. A
    cancelled call leaves the session usable: the server's answer is read and dropped.
    """

    __slots__ = ("_session", "_timeouts", "info", "interrupted")

    def __init__(self, session: Session, info: SessionInfo, timeouts: Timeouts) -> None:
        self._session = session
        self._timeouts = timeouts
        self.info = info
        # Whether somebody gave up waiting for the answer to a command.
        self.interrupted = False

    @property
    def capabilities(self) -> frozenset[str]:
        """What the server offers after login, upper case; ask with `postroom.imap.capabilities.supports`."""
        return self.info.capabilities

    @property
    def introduction(self) -> Introduction:
        """What the server tells of itself, fit to be stored and shown."""
        return introduction(self.info, self._session.secrets)

    @property
    def selected(self) -> SelectedMailbox | None:
        """The selected mailbox, kept up to date by what the server tells."""
        return self._session.connection.selected

    @property
    def security(self) -> Security:
        """How the session is protected."""
        return Security(*(self._session.security or ()))

    @property
    def pending(self) -> int:
        """Commands without an answer."""
        return self._session.pending

    @property
    def closed(self) -> bool:
        """Whether the session has ended."""
        return self._session.failure is not None

    async def run(self, command: Command[T], *, within: float | None = None) -> T:
        """Send a command and return its result; `within` seconds replace the usual wall-clock limit.

        Raises CommandFailed for NO and BAD, LocalProtocolError for a command that may not be sent, and ConnectionLost,
        also when the server was silent for too long: the session is then closed.
        """
        limit = self._timeouts.command if command.name in _BRIEF else self._timeouts.command_total
        try:
            return await _run(self._session, command, self._timeouts, within or limit)
        except asyncio.CancelledError:
            self.interrupted = True
            raise

    def begin(self, command: Command[T]) -> asyncio.Future[T]:
        """Send a command whose answer is looked at later, or never; it has no time limit.

        Raises ConnectionLost when the session is over, LocalProtocolError when the command may not be sent.
        """
        answer = self._session.send(command)
        answer.add_done_callback(_seen)
        return answer

    async def perform(self, composite: Composite[T]) -> T:
        """Run the commands of one operation and return its result; raises what `run` raises."""
        return await _drive(composite, self.run)

    async def idle(self, timeout: float) -> list[News]:
        """Wait in IDLE until the server has news, at most `timeout` seconds, and return them (maybe none).

        News that came during other commands are returned at once; at most the newest 1,000 are kept. A command run
        meanwhile or `wake` ends the wait early. One task at a time may idle. Raises CommandFailed if the server
        refuses IDLE, and ConnectionLost if the session ended, or if the server does not answer when IDLE is to end,
        which is how a peer that vanished is noticed.
        """
        session = self._session
        if session.has_news:
            return session.take_news()
        command = Idle()
        answer = session.send(command)
        loop = asyncio.get_running_loop()
        start = loop.call_later(self._timeouts.command, self._demand_start, command)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await session.wait(answer)
            session.connection.end_idle()
            session.flush()
            await _answered(session, answer, command.name, self._timeouts.idle_end, self._timeouts.command)
        finally:
            start.cancel()
            # Also when this call is cancelled: the next command must not wait for an IDLE nobody ends.
            session.connection.end_idle()
            session.flush()
            _let_go(answer)
        return session.take_news()

    def _demand_start(self, command: Idle) -> None:
        """Give up a server that has not let IDLE begin; one that still answers something else is not late."""
        if not command.started and self._session.pending == 1:
            self._session.end(TimeoutError(f"IDLE did not begin within {self._timeouts.command:g} s"))

    def wake(self) -> None:
        """End the `idle` that is going on, or the next one if there is none."""
        self._session.wake()

    def take_news(self) -> list[News]:
        """The news that came since they were last taken, without waiting."""
        return self._session.take_news()

    async def logout(self, bound: float) -> None:
        """Say goodbye, wait for the answer at most `bound` seconds, and close, also when cancelled. Never fails."""
        try:
            if not self.closed:
                with suppress(ImapError, ConnectionLost, TimeoutError):
                    async with asyncio.timeout(bound):
                        await self.run(Logout())
        finally:
            self.close()

    def when_ended(self, told: Callable[[], None]) -> None:
        """Have `told` called once when the session ends, at once if it has ended; those told before are told first."""
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
        """End the session at once; whoever still waits gets ConnectionLost."""
        self._session.end(ConnectionResetError("The session was closed"), politely=True)
