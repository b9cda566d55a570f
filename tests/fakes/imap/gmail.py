r"""Gmail's folders: each label is a folder, All Mail holds every message outside Trash and Spam once more.

A message has one X-GM-MSGID in all of them. What a client does to labels shows as messages in folders, and back.
"""

from __future__ import annotations

from collections.abc import Iterable

from tests.fakes.imap.command import Command
from tests.fakes.imap.mailstore import Mailbox, Message, new_mailbox
from tests.fakes.imap.own_ids import holding_label, labels
from tests.fakes.imap.session import Session, World

ALL_MAIL = "[Gmail]/All Mail"
_FOLDERS = {
    "INBOX": (),
    "[Gmail]": ("\\Noselect",),
    ALL_MAIL: ("\\All",),
    "[Gmail]/Sent Mail": ("\\Sent",),
    "[Gmail]/Drafts": ("\\Drafts",),
    "[Gmail]/Spam": ("\\Junk",),
    "[Gmail]/Trash": ("\\Trash",),
}


def gmail_folders(world: World, user: str) -> dict[str, Mailbox]:
    """Give a user the folders of Gmail; return them by name."""
    world.users[user] = {name: new_mailbox(name, *attributes) for name, attributes in _FOLDERS.items()}
    return world.users[user]


def deliver(world: World, user: str, content: bytes, *folders: str) -> Message:
    """Put a message into All Mail, and into these folders; return it as All Mail has it. Sessions are not told."""
    mailboxes = world.mailboxes(user)
    message = mailboxes[ALL_MAIL].append(content)
    for name in folders:
        mailboxes.setdefault(name, new_mailbox(name)).copy(message)
    return message


def take_out(world: World, mailbox: Mailbox, message: Message) -> None:
    """Take a message out of a folder, by its serial number; sessions are told (EXPUNGE)."""
    for other in [each for each in mailbox.messages if each.serial == message.serial]:
        number = mailbox.number_of(other.uid)
        mailbox.messages.remove(other)
        for session in world.sessions:
            if session.selected is mailbox:
                session.tell(f"* {number} EXPUNGE")


def put_in(world: World, mailbox: Mailbox, message: Message) -> None:
    """Put a message into a folder, unless it is there; sessions are told (EXISTS)."""
    if all(each.serial != message.serial for each in mailbox.messages):
        mailbox.copy(message)
        for session in world.sessions:
            if session.selected is mailbox:
                session.tell(f"* {len(mailbox.messages)} EXISTS")


async def store_labels(session: Session, command: Command) -> None:
    """STORE of X-GM-LABELS."""
    assert session.selected is not None
    assert session.user is not None
    world, mailboxes = session.world, session.world.mailboxes(session.user)
    action, given = command.text(1).upper(), command.arguments[2]
    wanted = [str(each) for each in (given if isinstance(given, list) else [given])]
    for number, message in session.selected.chosen(command.text(0), by_uid=command.name.startswith("UID ")):
        before = labels(mailboxes, message)
        if not action.startswith("-"):
            for label in wanted:
                put_in(world, holding_label(mailboxes.values(), label) or _made(mailboxes, label), message)
        for label in _removed(action, wanted, before):
            if (folder := holding_label(mailboxes.values(), label)) is not None:
                take_out(world, folder, message)
        shown = " ".join(f'"{each}"'.replace("\\", "\\\\") for each in labels(mailboxes, message))
        await session.line(f"* {number} FETCH (UID {message.uid} X-GM-LABELS ({shown}))")
    await session.tagged(command)


def _removed(action: str, wanted: Iterable[str], before: Iterable[str]) -> list[str]:
    if action.startswith("-"):
        return list(wanted)
    return [] if action.startswith("+") else [each for each in before if each not in wanted]


def _made(mailboxes: dict[str, Mailbox], label: str) -> Mailbox:
    mailboxes[label] = new_mailbox(label)
    return mailboxes[label]
