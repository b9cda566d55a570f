"""Ways in which a hostile mail server floods its client, for FakeImapServer.

Each goes on until it is cut off. `on` is the command that the flood replaces. IDLE is begun first; `CONNECT` means
before the greeting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from tests.fakes.imap.command import Command
from tests.fakes.imap.session import Behaviour, Handler, Session

_PIECE = 65536


def flood(on: str, repeated: bytes, *, first: bytes = b"", times: int | None = None, last: bytes = b"") -> Behaviour:
    """Send `first`, then `repeated` without end, or `times` times and then `last` and the usual answer."""

    async def pour(session: Session) -> None:
        await session.send(first)
        for piece in _pieces(repeated, times):
            await session.send(piece)
            await asyncio.sleep(0)
        await session.send(last)

    async def on_connect(session: Session) -> None:
        await pour(session)

    async def on_command(session: Session, command: Command) -> None:
        if command.name == "IDLE":
            await session.line("+ idling")
        await pour(session)
        await session.answer_normally(command)

    return Behaviour(on_connect) if on == "CONNECT" else Behaviour(on_command={on: on_command})


def _pieces(repeated: bytes, times: int | None) -> Iterator[bytes]:
    at_once = max(1, _PIECE // len(repeated))
    piece = repeated * at_once
    left = times
    while left is None or left >= at_once:
        yield piece
        left = None if left is None else left - at_once
    if left:
        yield repeated * left


def half_a_literal(on: str, size: int) -> Behaviour:
    """Announce a literal of `size` octets as a section of message 1, send half of it, and wait."""

    async def half(session: Session, _: Command) -> None:
        await session.send(b"* 1 FETCH (UID 1 BODY[] {%d}\r\n" % size)
        for piece in _pieces(b"x", size // 2):
            await session.send(piece)
        await session.stay_silent()

    return Behaviour(on_command={on: half})


def once(behaviour: Behaviour) -> Behaviour:
    """Behave like this for one command of a connection, and normally after it."""

    def only_once(handler: Handler) -> Handler:
        async def answer(session: Session, command: Command) -> None:
            session.behaviour = Behaviour()
            await handler(session, command)

        return answer

    return Behaviour(behaviour.on_connect, {name: only_once(each) for name, each in behaviour.on_command.items()})
