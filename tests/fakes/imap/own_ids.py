"""The server's own ids of messages and threads: OBJECTID (RFC 8474), and X-GM-EXT-1 with labels that are folders.

At a server that offers X-GM-EXT-1, the labels of a message are the folders that hold it besides All Mail: putting it
into a folder gives it a label, and taking it out takes the label away.
"""

from __future__ import annotations

import email
import zlib
from collections.abc import Iterable

from tests.fakes.imap.mailstore import Mailbox, Message
from tests.fakes.imap.session import Session

ID_KEYS = frozenset({"EMAILID", "THREADID", "X-GM-MSGID", "X-GM-THRID", "X-GM-RAW"})
"""Search keys with one argument."""

_GMAIL = 2**60
_ROLES = {"\\Sent": "\\Sent", "\\Drafts": "\\Draft", "\\Flagged": "\\Starred", "\\Important": "\\Important"}


def mailbox_id(mailbox: Mailbox) -> str:
    """The MAILBOXID of a folder, which it keeps when it is renamed."""
    return f"F{mailbox.uid_validity}"


def email_id(message: Message) -> str | None:
    """The EMAILID of a message, None for NIL."""
    return None if "EMAILID" in message.untold else f"M{message.serial}"


def thread_id(message: Message) -> str | None:
    """The THREADID of a message, None for NIL."""
    return None if "THREADID" in message.untold else f"T{_thread(message)}"


def gmail_id(message: Message) -> int:
    """The X-GM-MSGID of a message."""
    return _GMAIL + message.serial


def gmail_thread(message: Message) -> int:
    """The X-GM-THRID of a message."""
    return _GMAIL + _thread(message)


def _thread(message: Message) -> int:
    """A number of the message that began the thread: the first one that the header refers to."""
    header = email.message_from_bytes(message.content)
    told = [*str(header.get("References", "")).split(), *str(header.get("In-Reply-To", "")).split()]
    return zlib.crc32((told or [str(header.get("Message-ID", message.serial))])[0].encode())


def has_id(message: Message, key: str, value: str) -> bool:
    """Whether a message matches one of `ID_KEYS`. X-GM-RAW finds a text anywhere."""
    if key == "X-GM-RAW":
        return value.lower().encode() in message.content.lower()
    told = {
        "EMAILID": email_id(message),
        "THREADID": thread_id(message),
        "X-GM-MSGID": str(gmail_id(message)),
        "X-GM-THRID": str(gmail_thread(message)),
    }
    return told[key] == value


def own_item(session: Session, item: str, message: Message) -> bytes | None:
    """One name and value of a FETCH answer; None if it is none of these."""
    name = item.upper()
    if name in ("EMAILID", "THREADID"):
        value = email_id(message) if name == "EMAILID" else thread_id(message)
        return f"{name} {f'({value})' if value is not None else 'NIL'}".encode()
    if name in ("X-GM-MSGID", "X-GM-THRID"):
        return f"{name} {gmail_id(message) if name == 'X-GM-MSGID' else gmail_thread(message)}".encode()
    if name == "X-GM-LABELS" and session.user is not None:
        return f"{name} ({' '.join(map(_quoted, labels(session.world.mailboxes(session.user), message)))})".encode()
    return None


def labels(mailboxes: dict[str, Mailbox], message: Message) -> list[str]:
    """The labels of a message. Gmail does not show the label of the folder that is All Mail, Trash or Spam."""
    holding = [each for each in mailboxes.values() if any(other.serial == message.serial for other in each.messages)]
    return [label_of(each) for each in holding if not {"\\All", "\\Trash", "\\Junk"} & {*each.attributes}]


def label_of(mailbox: Mailbox) -> str:
    """The label that a folder stands for."""
    if mailbox.name == "INBOX":
        return "\\Inbox"
    return next((_ROLES[each] for each in mailbox.attributes if each in _ROLES), mailbox.name)


def holding_label(mailboxes: Iterable[Mailbox], label: str) -> Mailbox | None:
    """The folder of a label."""
    return next((each for each in mailboxes if label_of(each).lower() == label.lower()), None)


def _quoted(label: str) -> str:
    return '"' + label.replace("\\", "\\\\").replace('"', '\\"') + '"'
