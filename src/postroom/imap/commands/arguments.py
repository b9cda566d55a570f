"""Builds the arguments of commands: words separated by spaces, groups, mailbox names and open-ended sets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from postroom.imap import encode
from postroom.imap.encode import Argument
from postroom.imap.names import decode_mailbox, normalise_inbox
from postroom.imap.sets import MAX_NUMBER, UidSet

__all__ = [
    "UTF8_EXTENSIONS",
    "Chunks",
    "MailboxName",
    "group",
    "mailbox_argument",
    "same_mailbox",
    "uid_argument",
    "words",
]

Chunks: TypeAlias = list[Argument]
"""A command or a part of one: raw octets with their spaces, and the literals between them."""

MailboxName: TypeAlias = str | bytes
"""A mailbox, either by its decoded name or by the `ListData.raw_name` that the server listed."""

UTF8_EXTENSIONS = frozenset({"IMAP4REV2", "UTF8=ACCEPT"})


def words(*parts: Argument | Chunks) -> Chunks:
    """The parts with single spaces between them."""
    chunks: Chunks = []
    for part in parts:
        if chunks:
            chunks.append(b" ")
        if isinstance(part, list):
            chunks.extend(part)
        else:
            chunks.append(part)
    return chunks


def group(parts: Iterable[Argument]) -> Chunks:
    """The parts as words in parentheses."""
    return [b"(", *words(*parts), b")"]


def mailbox_argument(mailbox: MailboxName, enabled: frozenset[str]) -> Argument:
    """A mailbox in the session's encoding: UTF-8 once IMAP4rev2 or UTF8=ACCEPT is enabled, else modified UTF-7."""
    if isinstance(mailbox, bytes):
        return encode.raw_mailbox(mailbox)
    return encode.mailbox(mailbox, utf8=not UTF8_EXTENSIONS.isdisjoint(enabled))


def same_mailbox(asked: MailboxName, name: str) -> bool:
    """Whether the decoded name in a response is the mailbox that the command asked about."""
    text = decode_mailbox(asked) if isinstance(asked, bytes) else asked
    return normalise_inbox(text) == normalise_inbox(name)


def uid_argument(uids: UidSet) -> bytes:
    """A UID set. A set that includes the largest possible UID ends in `*`, because every server knows that form."""
    text = encode.uid_set(uids)
    return text.removesuffix(b"%d" % MAX_NUMBER) + b"*" if uids.max == MAX_NUMBER else text
