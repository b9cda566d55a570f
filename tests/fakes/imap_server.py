"""A scriptable IMAP server over real sockets, for the misbehaviour that no real server shows on demand.

    async with FakeImapServer() as server:                     # a good small server; any user, password "pass"
        server.append("u1", b"Subject: hello\r\n\r\nhello")    # IDLE clients are told at once
        server.behave(refuse_login("UNAVAILABLE"))             # every connection from now on
        server.next_connections(never_greet(), GOOD)           # the next two, one each; then as told by behave()
        assert server.statistics.logins == 1

The behaviours are in `tests.fakes.imap.behaviours` and are exported from here as well.
"""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections import deque
from collections.abc import Callable, Iterable
from typing import Literal, Self

from tests.fakes.certificates import ServerCertificate, server_certificate
from tests.fakes.imap.answers import USUAL_ANSWERS
from tests.fakes.imap.behaviours import (
    GOOD,
    announce_huge_literal,
    answer,
    before_answer,
    bye_in_idle,
    close_after_greeting,
    cut_greeting,
    deep_parentheses,
    drip,
    drop_after,
    drop_during,
    endless_bye,
    endless_line,
    greet_late,
    greet_with,
    inject_after_starttls,
    never_answer,
    never_greet,
    refuse_login,
    swallow_in_idle,
    throttle_after,
    trickle,
)
from tests.fakes.imap.command import Command
from tests.fakes.imap.mailstore import Mailbox, Message, new_mailbox
from tests.fakes.imap.messages import announce
from tests.fakes.imap.session import Behaviour, ConnectionOver, Handler, Session, World
from tests.fakes.ports import PortReservation
from tests.fakes.statistics import Statistics

__all__ = [
    "CAPABILITIES",
    "GOOD",
    "Behaviour",
    "Command",
    "ConnectionOver",
    "FakeImapServer",
    "Handler",
    "Mailbox",
    "Message",
    "Session",
    "Statistics",
    "announce_huge_literal",
    "answer",
    "before_answer",
    "bye_in_idle",
    "close_after_greeting",
    "cut_greeting",
    "deep_parentheses",
    "drip",
    "drop_after",
    "drop_during",
    "endless_bye",
    "endless_line",
    "greet_late",
    "greet_with",
    "inject_after_starttls",
    "never_answer",
    "never_greet",
    "refuse_login",
    "swallow_in_idle",
    "throttle_after",
    "trickle",
]

CAPABILITIES = (
    *("IMAP4rev1", "LITERAL+", "SASL-IR", "ID", "IDLE", "NAMESPACE", "UIDPLUS", "UNSELECT", "SPECIAL-USE"),
    *("AUTH=PLAIN", "AUTH=XOAUTH2", "AUTH=OAUTHBEARER"),
)
_LINE_LIMIT = 2**20


class FakeImapServer:
    """A server on 127.0.0.1 that answers normally until told otherwise.

    `tls` is None (plain), "starttls" (plain, STARTTLS offered) or "implicit". Any user may log in with `password`,
    unless `passwords` has another one. For XOAUTH2 and OAUTHBEARER the password is the accepted token.
    """

    host = "127.0.0.1"

    def __init__(
        self,
        *,
        tls: Literal["starttls", "implicit"] | None = None,
        password: str = "pass",
        passwords: dict[str, str] | None = None,
        capabilities: Iterable[str] = CAPABILITIES,
        capabilities_after_login: Iterable[str] | None = None,
        certificate: ServerCertificate | None = None,
    ) -> None:
        offered = tuple(capabilities)
        after = offered if capabilities_after_login is None else tuple(capabilities_after_login)
        self._reservation = PortReservation()
        self.port = self._reservation.port
        self._tls_context = (certificate or server_certificate()).server_context() if tls else None
        self._implicit = tls == "implicit"
        self.world = World(
            capabilities=(*offered, "STARTTLS") if tls == "starttls" else offered,
            capabilities_after_login=after,
            password=password,
            passwords=passwords or {},
            starttls_context=self._tls_context if tls == "starttls" else None,
        )
        self._standing = GOOD
        self._next: deque[Behaviour] = deque()
        self._numbers = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: asyncio.Server | None = None

    @property
    def statistics(self) -> Statistics:
        """What has happened so far."""
        return self.world.statistics

    def client_context(self) -> ssl.SSLContext:
        """A TLS context that trusts this server."""
        return server_certificate().client_context()

    def when_asked_for(self, told: Callable[[str | None], None]) -> None:
        """Call `told` with the name that a client asks for in a TLS handshake (SNI)."""
        assert self._tls_context is not None
        self._tls_context.sni_callback = lambda _object, name, _context: told(name)

    # Life

    async def start(self) -> None:
        """Listen, on the same port at every start."""
        context = self._tls_context if self._implicit else None
        self._listener = await asyncio.start_server(
            self._serve, self.host, self.port, ssl=context, limit=_LINE_LIMIT, backlog=4096
        )

    async def stop(self) -> None:
        """Refuse new connections and drop the open ones."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        await self.drop_connections()

    async def drop_connections(self, user: str | None = None) -> int:
        """Drop the open connections (of one user) without a reply, and go on listening; return how many."""
        dropped = [session for session in self.world.sessions if user in (None, session.user)]
        for session in dropped:
            session.writer.transport.abort()
        if user is None:
            # A session that sleeps or waits for TLS does not notice that its connection is gone.
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        return len(dropped)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        self._reservation.release()

    # Behaviour

    def behave(self, *behaviours: Behaviour) -> None:
        """Set the behaviour of all later connections: all of these together, or normal if there are none."""
        self._standing = _together(behaviours)

    def next_connections(self, *behaviours: Behaviour) -> None:
        """Set the behaviours of the next connections, one for each, before `behave` applies again."""
        self._next.extend(behaviours)

    def behave_now(self, *behaviours: Behaviour) -> None:
        """Like `behave`, but also for the open connections."""
        self.behave(*behaviours)
        for session in self.world.sessions:
            session.behaviour = self._standing

    # Mail

    def mailbox(self, user: str, name: str = "INBOX") -> Mailbox:
        """A user's mailbox, created if it does not exist."""
        mailboxes = self.world.mailboxes(user)
        if name not in mailboxes:
            mailboxes[name] = new_mailbox(name)
        return mailboxes[name]

    def append(self, user: str, content: bytes, mailbox: str = "INBOX", flags: Iterable[str] = ()) -> Message:
        """Deliver a message; sessions that have the mailbox open are told (EXISTS), at once when they idle."""
        target = self.mailbox(user, mailbox)
        message = target.append(content, flags)
        announce(self.world.sessions, target)
        return message

    def expunge(self, user: str, uid: int, mailbox: str = "INBOX") -> None:
        """Remove a message without a client's command; sessions are told (EXPUNGE)."""
        target = self.mailbox(user, mailbox)
        number = target.number_of(uid)
        del target.messages[number - 1]
        self._tell(target, f"* {number} EXPUNGE")

    def set_flags(self, user: str, uid: int, flags: Iterable[str], mailbox: str = "INBOX") -> None:
        """Change a message's flags without a client's command; sessions are told (FETCH)."""
        target = self.mailbox(user, mailbox)
        number = target.number_of(uid)
        target.messages[number - 1].flags = set(flags)
        self._tell(target, f"* {number} FETCH (UID {uid} FLAGS ({' '.join(flags)}))")

    def _tell(self, mailbox: Mailbox, text: str) -> None:
        for session in self.world.sessions:
            if session.selected is mailbox:
                session.tell(text)

    # Internals

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        behaviour = self._next.popleft() if self._next else self._standing
        session = Session(reader, writer, self.world, behaviour, USUAL_ANSWERS, next(self._numbers))
        try:
            await session.converse()
        except asyncio.CancelledError:
            # Python 3.11 reports a cancelled connection handler as an unhandled error. Here the cancellation is
            # intended.
            writer.transport.abort()
        finally:
            self._tasks.discard(task)


def _together(behaviours: Iterable[Behaviour]) -> Behaviour:
    result = GOOD
    for behaviour in behaviours:
        result |= behaviour
    return result
