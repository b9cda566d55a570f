"""A good server's answers to COPY and MOVE (RFC 3501 section 6.4.7, RFC 6851), with COPYUID when UIDPLUS is offered."""

from __future__ import annotations

from tests.fakes.imap.command import Command
from tests.fakes.imap.mailstore import Mailbox, Message
from tests.fakes.imap.messages import announce
from tests.fakes.imap.session import Handler, Session


async def copy(session: Session, command: Command) -> None:
    """COPY and UID COPY."""
    target, chosen = await _prepared(session, command)
    if target is not None:
        code = _copied(session, target, chosen)
        await session.tagged(command, "OK", f"{code} Copied")


async def move(session: Session, command: Command) -> None:
    """MOVE and UID MOVE; a server that does not offer MOVE does not know it."""
    if "MOVE" not in session.world.capabilities_after_login:
        await session.tagged(command, "BAD", f"{command.name} is unknown here")
        return
    target, chosen = await _prepared(session, command)
    source = session.selected
    if target is None or source is None:
        return
    code = _copied(session, target, chosen)
    await session.line(f"* OK {code} Moved")
    for message in chosen:
        number = source.number_of(message.uid)
        source.messages.remove(message)
        for other in session.world.sessions:
            if other is not session and other.selected is source:
                other.tell(f"* {number} EXPUNGE")
        await session.line(f"* {number} EXPUNGE")
    await session.tagged(command)


async def _prepared(session: Session, command: Command) -> tuple[Mailbox | None, list[Message]]:
    if session.selected is None or session.user is None:
        await session.tagged(command, "BAD", "Select a mailbox first")
        return None, []
    name = command.text(1)
    target = session.world.mailboxes(session.user).get("INBOX" if name.upper() == "INBOX" else name)
    if target is None:
        await session.tagged(command, "NO", "[TRYCREATE] No such mailbox")
        return None, []
    by_uid = command.name.startswith("UID ")
    return target, [message for _, message in session.selected.chosen(command.text(0), by_uid=by_uid)]


def _copied(session: Session, target: Mailbox, chosen: list[Message]) -> str:
    """Copy the messages; return the COPYUID code, empty without UIDPLUS or when there was nothing to copy."""
    copies = [target.copy(each) for each in chosen]
    announce(session.world.sessions, target)
    if not chosen or "UIDPLUS" not in session.world.capabilities_after_login:
        return "[X-DONE]"
    before, after = (",".join(str(each.uid) for each in some) for some in (chosen, copies))
    return f"[COPYUID {target.uid_validity} {before} {after}]"


MOVE_ANSWERS: dict[str, Handler] = {"COPY": copy, "UID COPY": copy, "MOVE": move, "UID MOVE": move}
