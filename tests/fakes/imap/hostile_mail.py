"""Mail servers that lie about folders and messages, for FakeImapServer: well-formed answers that cannot be true."""

from __future__ import annotations

from collections.abc import Iterable

from tests.fakes.imap.command import Command
from tests.fakes.imap.session import Behaviour, Session


def lists(names: Iterable[bytes]) -> Behaviour:
    """A LIST of INBOX and these names, which are sent unchanged (quoted, or as literals)."""
    lines = b"".join(b'* LIST (\\HasNoChildren) "/" %b\r\n' % name for name in names)

    async def answer(session: Session, command: Command) -> None:
        if command.name == "LIST":
            await session.send(b'* LIST (\\HasNoChildren) "/" INBOX\r\n' + lines)
        await session.tagged(command)

    return Behaviour(on_command={"LIST": answer, "LSUB": answer})


def opens_with(*lines: bytes, exists: int = 0, uidnext: int = 1, uidvalidity: int = 7) -> Behaviour:
    """SELECT and EXAMINE of any folder: these numbers, and these lines."""

    async def answer(session: Session, command: Command) -> None:
        session.selected = session.world.mailboxes(session.user or "")["INBOX"]
        await session.send(b"* %d EXISTS\r\n* OK [UIDVALIDITY %d] \r\n" % (exists, uidvalidity))
        await session.send(b"* OK [UIDNEXT %d] \r\n" % uidnext + b"".join(line + b"\r\n" for line in lines))
        await session.tagged(command, "OK", "[READ-WRITE] Open")

    return Behaviour(on_command={"SELECT": answer, "EXAMINE": answer})


def says(on: str, *lines: bytes) -> Behaviour:
    """Answer a command with these lines; IDLE goes on until the client ends it, as its rules require."""

    async def answer(session: Session, command: Command) -> None:
        if command.name == "IDLE":
            await session.line("+ idling")
        for line in lines:
            await session.send(line + b"\r\n")
        if command.name == "IDLE":
            await session.read_line()
        await session.tagged(command)

    return Behaviour(on_command={on: answer})


def finds(uids: bytes) -> Behaviour:
    """Every search finds these, in the form of ESEARCH with the right tag."""

    async def answer(session: Session, command: Command) -> None:
        await session.send(b'* ESEARCH (TAG "%b") UID ALL %b\r\n' % (command.tag.encode(), uids))
        await session.tagged(command)

    return Behaviour(on_command={"UID SEARCH": answer})


def holds_nothing(uidvalidity: int = 7) -> Behaviour:
    """STATUS of any folder: it is empty."""

    async def answer(session: Session, command: Command) -> None:
        name = command.text(0).encode()
        await session.send(b'* STATUS "%b" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY %d)\r\n' % (name, uidvalidity))
        await session.tagged(command)

    return Behaviour(on_command={"STATUS": answer})
