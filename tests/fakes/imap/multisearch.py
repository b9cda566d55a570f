"""ESEARCH in several mailboxes (RFC 7377), as a good server answers it."""

from __future__ import annotations

from tests.fakes.imap.command import Command
from tests.fakes.imap.messages import matches
from tests.fakes.imap.session import Handler, Session


async def esearch(session: Session, command: Command) -> None:
    """`ESEARCH IN (mailboxes (A B)) RETURN (ALL) ...`: one line for each mailbox with a match."""
    assert session.user is not None
    source, keys = command.arguments[1], command.arguments[4:]
    assert isinstance(source, list)
    assert isinstance(source[1], list)
    mailboxes = session.world.mailboxes(session.user)
    for name in source[1]:
        mailbox = mailboxes.get(name.decode() if isinstance(name, bytes) else str(name))
        if mailbox is None:
            continue
        numbered = enumerate(mailbox.messages, start=1)
        found = [str(each.uid) for number, each in numbered if matches(keys, mailbox, number, each)]
        if found:
            correlator = f'(TAG "{command.tag}" MAILBOX "{mailbox.name}" UIDVALIDITY {mailbox.uid_validity})'
            await session.line(f"* ESEARCH {correlator} UID ALL {','.join(found)}")
    await session.tagged(command)


MULTISEARCH_ANSWERS: dict[str, Handler] = {"ESEARCH": esearch}
