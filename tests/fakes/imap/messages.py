"""A good server's answers about messages: FETCH, SEARCH, STORE, EXPUNGE, APPEND (RFC 3501, section 6.4)."""

from __future__ import annotations

import datetime
import email
import email.policy
import re
from collections.abc import Iterable
from email.message import EmailMessage
from email.utils import getaddresses
from typing import cast

from tests.fakes.imap.command import Argument, Command
from tests.fakes.imap.gmail import store_labels
from tests.fakes.imap.mailstore import Mailbox, Message
from tests.fakes.imap.own_ids import ID_KEYS, has_id, own_item
from tests.fakes.imap.session import Handler, Session

_FETCH_MACROS = {
    "ALL": ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"],
    "FAST": ["FLAGS", "INTERNALDATE", "RFC822.SIZE"],
    "FULL": ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"],
}
_SECTION = re.compile(r"(?:BODY|BINARY)(?:\.PEEK)?\[(?P<section>[^\]]*)\](?:<(?P<start>\d+)\.(?P<size>\d+)>)?", re.I)
_FLAG_KEYS = {"SEEN": "\\Seen", "FLAGGED": "\\Flagged", "ANSWERED": "\\Answered", "DELETED": "\\Deleted"}


async def fetch(session: Session, command: Command) -> None:
    """FETCH and UID FETCH."""
    mailbox = await _selected(session, command)
    await tell_messages(session, command, mailbox.chosen(command.text(0), by_uid=command.name.startswith("UID ")))
    await session.tagged(command)


async def tell_messages(session: Session, command: Command, numbered: Iterable[tuple[int, Message]]) -> None:
    """The FETCH answer about these messages, (sequence number, message), without the tagged answer."""
    asked = command.arguments[1]
    items = [str(item) for item in (asked if isinstance(asked, list) else [asked])]
    items = _FETCH_MACROS.get(items[0].upper(), items)
    if command.name.startswith("UID ") and "UID" not in map(str.upper, items):
        items = ["UID", *items]
    for number, message in numbered:
        parts = b" ".join(own_item(session, item, message) or fetch_item(item, message) for item in items)
        await session.send(b"* %d FETCH (%s)\r\n" % (number, parts))


def fetch_item(item: str, message: Message) -> bytes:
    """One name and value of a FETCH answer."""
    name = item.upper()
    if match := _SECTION.fullmatch(item):
        return _section(match, message.content)
    parsed = cast(EmailMessage, email.message_from_bytes(message.content, policy=email.policy.compat32))
    values = {
        "UID": lambda: str(message.uid),
        "FLAGS": lambda: f"({' '.join(sorted(message.flags))})",
        "INTERNALDATE": lambda: message.received.strftime('"%d-%b-%Y %H:%M:%S %z"'),
        "RFC822.SIZE": lambda: str(len(message.content)),
        "ENVELOPE": lambda: envelope(parsed),
        "BODY": lambda: _structure(message.content),
        "BODYSTRUCTURE": lambda: _structure(message.content),
    }
    return f"{name} {values[name]() if name in values else 'NIL'}".encode(errors="replace")


def _section(match: re.Match[str], content: bytes) -> bytes:
    section = match["section"].upper()
    header, separator, body = content.partition(b"\r\n\r\n")
    if section.startswith("HEADER.FIELDS"):
        wanted = {name.encode() for name in re.findall(r"[\w-]+", section.partition("(")[2])}
        lines = [line for line in re.split(rb"\r\n(?![ \t])", header) if line.partition(b":")[0].upper() in wanted]
        data = b"".join(line + b"\r\n" for line in lines) + b"\r\n"
    else:
        data = {"": content, "HEADER": header + separator}.get(section, body)
    label = f"BODY[{section}]"
    if match["start"]:
        start = int(match["start"])
        data, label = data[start : start + int(match["size"])], f"{label}<{start}>"
    return label.encode() + b" {%d}\r\n" % len(data) + data


def envelope(parsed: EmailMessage) -> str:
    """The ENVELOPE of a message."""
    sender = _addresses(parsed, "From")
    fields = [
        _nstring(parsed["Date"]),
        _nstring(parsed["Subject"]),
        sender,
        _addresses(parsed, "Sender") if parsed["Sender"] else sender,
        _addresses(parsed, "Reply-To") if parsed["Reply-To"] else sender,
        *(_addresses(parsed, name) for name in ("To", "Cc", "Bcc")),
        _nstring(parsed["In-Reply-To"]),
        _nstring(parsed["Message-ID"]),
    ]
    return f"({' '.join(fields)})"


def _addresses(parsed: EmailMessage, name: str) -> str:
    pairs = getaddresses([str(value) for value in parsed.get_all(name, [])])
    written = [
        f"({_nstring(display or None)} NIL {_nstring(address.partition('@')[0])} {_nstring(address.partition('@')[2])})"
        for display, address in pairs
    ]
    return f"({''.join(written)})" if written else "NIL"


def _nstring(value: str | None) -> str:
    if value is None:
        return "NIL"
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\r\n", "") + '"'


def _structure(content: bytes) -> str:
    body = content.partition(b"\r\n\r\n")[2]
    lines = len(body.splitlines())
    return f'("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "8BIT" {len(body)} {lines})'


async def search(session: Session, command: Command) -> None:
    """SEARCH and UID SEARCH for ALL, sets, flags, SINCE, BEFORE, HEADER, OR, NOT, and the server's own ids."""
    mailbox = await _selected(session, command)
    by_uid = command.name.startswith("UID ")
    found = [
        message.uid if by_uid else number
        for number, message in enumerate(mailbox.messages, start=1)
        if matches(command.arguments, mailbox, number, message)
    ]
    await session.line(" ".join(["* SEARCH", *map(str, found)]))
    await session.tagged(command)


def matches(keys: list[Argument], mailbox: Mailbox, number: int, message: Message) -> bool:
    """Whether a message matches all search keys; unknown keys match everything."""
    left = list(keys)
    found = True
    while left:
        found &= _matches_next(left, mailbox, number, message) is not False
    return found


def _matches_next(left: list[Argument], mailbox: Mailbox, number: int, message: Message) -> bool | None:
    """Take the next key; return whether the message matches it, None for a key that is not known."""
    key = left.pop(0)
    if isinstance(key, list):
        return matches(key, mailbox, number, message)
    word = str(key).upper()
    if word == "NOT":
        fits = _matches_next(left, mailbox, number, message)
        return None if fits is None else not fits
    if word == "OR":
        either = [_matches_next(left, mailbox, number, message) is not False for _ in range(2)]
        return any(either)
    if word == "UID":
        return message in [other for _, other in mailbox.chosen(str(left.pop(0)), by_uid=True)]
    if word == "HEADER":
        field, text = str(left.pop(0)), str(left.pop(0))
        return text.lower() in str(email.message_from_bytes(message.content).get(field, "")).lower()
    if word in ("SINCE", "BEFORE"):
        day = datetime.datetime.strptime(str(left.pop(0)), "%d-%b-%Y").date()
        return (message.received.date() >= day) is (word == "SINCE")
    if word in ID_KEYS:
        return has_id(message, word, str(left.pop(0)))
    if word[:1].isdigit() or word[:1] == "*":
        return number in [place for place, _ in mailbox.chosen(word, by_uid=False)]
    if word.removeprefix("UN") in _FLAG_KEYS:
        return (_FLAG_KEYS[word.removeprefix("UN")] in message.flags) is not word.startswith("UN")
    return None


async def store(session: Session, command: Command) -> None:
    """STORE and UID STORE."""
    mailbox = await _selected(session, command)
    action = command.text(1).upper()
    if "X-GM-LABELS" in action:
        await store_labels(session, command)
        return
    given = command.arguments[2]
    flags = {str(flag) for flag in (given if isinstance(given, list) else [given])}
    for number, message in mailbox.chosen(command.text(0), by_uid=command.name.startswith("UID ")):
        if action.startswith("+"):
            message.flags |= flags
        elif action.startswith("-"):
            message.flags -= flags
        else:
            message.flags = set(flags)
        if not action.endswith(".SILENT"):
            await session.line(f"* {number} FETCH (UID {message.uid} FLAGS ({' '.join(sorted(message.flags))}))")
    await session.tagged(command)


async def expunge(session: Session, command: Command) -> None:
    """EXPUNGE and UID EXPUNGE."""
    mailbox = await _selected(session, command)
    deleted = [message for message in mailbox.messages if "\\Deleted" in message.flags]
    if command.name.startswith("UID "):
        chosen = [message for _, message in mailbox.chosen(command.text(0), by_uid=True)]
        deleted = [message for message in deleted if message in chosen]
    for message in deleted:
        number = mailbox.number_of(message.uid)
        mailbox.messages.remove(message)
        await session.line(f"* {number} EXPUNGE")
    await session.tagged(command)


async def append(session: Session, command: Command) -> None:
    """APPEND."""
    assert session.user is not None
    name = command.text(0)
    mailbox = session.world.mailboxes(session.user).get("INBOX" if name.upper() == "INBOX" else name)
    if mailbox is None:
        await session.tagged(command, "NO", "[TRYCREATE] No such mailbox")
        return
    content = command.arguments[-1]
    flags = next((argument for argument in command.arguments if isinstance(argument, list)), [])
    message = mailbox.append(content if isinstance(content, bytes) else str(content).encode(), map(str, flags))
    announce(session.world.sessions, mailbox)
    await session.tagged(command, "OK", f"[APPENDUID {mailbox.uid_validity} {message.uid}] Stored")


def announce(sessions: set[Session], mailbox: Mailbox) -> None:
    """Send the number of messages to every session that has `mailbox` open."""
    for session in sessions:
        if session.selected is mailbox:
            session.tell(f"* {len(mailbox.messages)} EXISTS")


async def _selected(session: Session, command: Command) -> Mailbox:
    if session.selected is None:
        await session.tagged(command, "BAD", "Select a mailbox first")
        session.close()
    assert session.selected is not None
    return session.selected


MESSAGE_ANSWERS: dict[str, Handler] = {
    "FETCH": fetch,
    "UID FETCH": fetch,
    "SEARCH": search,
    "UID SEARCH": search,
    "STORE": store,
    "UID STORE": store,
    "EXPUNGE": expunge,
    "UID EXPUNGE": expunge,
}
