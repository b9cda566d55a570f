"""Ways in which mail servers misbehave, one small function each; give them to FakeImapServer.

Combine them with `|`. Every function returns a Behaviour and changes nothing else.
"""

from __future__ import annotations

import asyncio

from tests.fakes.imap.command import Command
from tests.fakes.imap.session import Behaviour, Handler, Session, greet

GOOD = Behaviour()
LOGIN_COMMANDS = ("LOGIN", "AUTHENTICATE")


# Greeting


def never_greet() -> Behaviour:
    """Accept the connection and never send anything."""
    return Behaviour(on_connect=lambda session: session.stay_silent())


def cut_greeting(kept: bytes = b"* OK [CAPABI") -> Behaviour:
    """Send half a greeting and close."""

    async def on_connect(session: Session) -> None:
        await session.send(kept)
        session.close()

    return Behaviour(on_connect=on_connect)


def greet_late(pause: float) -> Behaviour:
    """Greet normally, `pause` seconds after the connection was made."""

    async def on_connect(session: Session) -> None:
        await asyncio.sleep(pause)
        await greet(session)

    return Behaviour(on_connect=on_connect)


def close_after_greeting() -> Behaviour:
    """Greet normally and close."""

    async def on_connect(session: Session) -> None:
        await greet(session)
        session.close()

    return Behaviour(on_connect=on_connect)


def greet_with(line: str, *, then_close: bool = False) -> Behaviour:
    """Greet with this line, such as `* BYE Too busy` or `* PREAUTH ready`."""

    async def on_connect(session: Session) -> None:
        await session.line(line)
        if then_close:
            session.close()

    return Behaviour(on_connect=on_connect)


# Login


def refuse_login(code: str | None = "AUTHENTICATIONFAILED", text: str = "Refused", *, status: str = "NO") -> Behaviour:
    """Refuse every login with this response code (None: without) and text; `status` is NO, BAD or BYE."""
    words = f"[{code}] {text}" if code else text

    async def refuse(session: Session, command: Command) -> None:
        session.world.statistics.record("refused", session.number, command.text(0))
        if status == "BYE":
            await session.line(f"* BYE {words}")
            session.close()
        await session.tagged(command, status, words)

    return _on(LOGIN_COMMANDS, refuse)


# Dropping and silence


def drop_during(*names: str, abruptly: bool = False) -> Behaviour:
    """Close instead of answering one of these commands; `LOGIN` means any way to log in."""

    async def drop(session: Session, _: Command) -> None:
        _end(session, abruptly)

    return _on(names, drop)


def drop_after(*names: str, after: float = 0.0, abruptly: bool = False) -> Behaviour:
    """Answer one of these commands normally, then close `after` seconds later; `LOGIN` means any way to log in.

    `IDLE` is dropped once it has begun.
    """

    async def drop(session: Session, command: Command) -> None:
        if command.name == "IDLE":
            await session.line("+ idling")
        else:
            await session.answer_normally(command)
        await asyncio.sleep(after)
        _end(session, abruptly)

    return _on(names, drop)


def never_answer(*names: str) -> Behaviour:
    """Swallow one of these commands and everything after it, without closing."""
    return _on(names, lambda session, _: session.stay_silent())


def swallow_in_idle() -> Behaviour:
    """Begin IDLE, then go silent: nothing is sent, nothing is closed, DONE is not answered."""

    async def swallow(session: Session, _: Command) -> None:
        await session.line("+ idling")
        await session.stay_silent()

    return _on(("IDLE",), swallow)


def bye_in_idle(text: str = "Idle for too long", *, after: float = 0.0, close: bool = True) -> Behaviour:
    """Say BYE `after` seconds into IDLE; then close, or stay open and silent."""

    async def bye(session: Session, _: Command) -> None:
        await session.line("+ idling")
        await asyncio.sleep(after)
        await session.line(f"* BYE {text}")
        if close:
            session.close()
        await session.stay_silent()

    return _on(("IDLE",), bye)


def endless_bye(on: str = "IDLE") -> Behaviour:
    """Answer with endless BYE lines, as fast as the client reads."""

    async def flood(session: Session, _: Command) -> None:
        while True:
            await session.send(b"* BYE Go away\r\n" * 100)
            await asyncio.sleep(0)

    return _on((on,), flood)


# Poison


def before_answer(data: bytes, on: str = "*") -> Behaviour:
    """Send these bytes before the usual answer to `on` (`*`: to every command)."""

    async def poison(session: Session, command: Command) -> None:
        await session.send(data)
        await session.answer_normally(command)

    return _on((on,), poison)


def answer(name: str, *untagged: str, tagged: str = "OK Done") -> Behaviour:
    """Answer a command with these untagged lines (without CRLF) and this tagged status and text."""

    async def scripted(session: Session, command: Command) -> None:
        for line in untagged:
            await session.line(line)
        status, _, text = tagged.partition(" ")
        await session.tagged(command, status, text)

    return Behaviour(on_command={name: scripted})


def announce_huge_literal(size: int = 4 * 2**30, on: str = "*") -> Behaviour:
    """Announce a literal of `size` bytes and send zeros until the client goes away."""
    return _flood(on, b"* 1 FETCH (UID 1 BODY[] {%d}\r\n" % size, b"\0" * 65536)


def endless_line(on: str = "*") -> Behaviour:
    """Send one line that never ends."""
    return _flood(on, b"* OK ", b"x" * 65536)


def deep_parentheses(depth: int = 10_000, on: str = "*") -> Behaviour:
    """Send a list nested `depth` deep, then the usual answer."""
    return before_answer(b"* 1 FETCH (BODYSTRUCTURE " + b"(" * depth + b")" * depth + b")\r\n", on)


def inject_after_starttls(injected: bytes = b"* CAPABILITY IMAP4rev1 INJECTED\r\n") -> Behaviour:
    """Put plaintext bytes into the same packet as STARTTLS's OK, like an attacker on the wire."""

    async def inject(session: Session, command: Command) -> None:
        await session.send(f"{command.tag} OK Begin TLS now\r\n".encode() + injected)
        await session.start_tls()

    return _on(("STARTTLS",), inject)


# Slowness


def trickle(pause: float = 1.0, on: str = "*") -> Behaviour:
    """Send the usual answer to `on` byte by byte, `pause` seconds apart."""

    async def slowly(session: Session, command: Command) -> None:
        session.pause_per_byte = pause
        try:
            await session.answer_normally(command)
        finally:
            session.pause_per_byte = 0.0

    return _on((on,), slowly)


def drip(*names: str, pause: float = 0.1) -> Behaviour:
    """Never answer one of these commands, but repeat `* OK Still here`; `LOGIN` is any way to log in."""

    async def say(session: Session, _: Command) -> None:
        while True:
            await session.line("* OK Still here")
            await asyncio.sleep(pause)

    return _on(names, say)


def throttle_after(
    count: int, text: str = "Request is throttled. Suggested Backoff Time: 300000 milliseconds"
) -> Behaviour:
    """Answer the first `count` commands of each connection, then refuse all but LOGOUT with NO and this text."""

    async def limited(session: Session, command: Command) -> None:
        received = len(session.world.statistics.commands(session.number))
        if received <= count or command.name == "LOGOUT":
            await session.answer_normally(command)
        else:
            await session.tagged(command, "NO", text)

    return _on(("*",), limited)


# Internals


def _on(names: tuple[str, ...], handler: Handler) -> Behaviour:
    every_login = LOGIN_COMMANDS if "LOGIN" in names else ()
    return Behaviour(on_command=dict.fromkeys((*names, *every_login), handler))


def _flood(on: str, beginning: bytes, chunk: bytes) -> Behaviour:
    async def flood(session: Session, _: Command) -> None:
        await session.send(beginning)
        while True:
            await session.send(chunk)
            await asyncio.sleep(0)

    return _on((on,), flood)


def _end(session: Session, abruptly: bool) -> None:
    if abruptly:
        session.abort()
    session.close()
